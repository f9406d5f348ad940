"""A Discord of our own: REST and gateway, as strict as the real one where it matters to a bot.

`DiscordServer` is the whole of it; `People` lets people do things there and reads what they see.
Sources of the rules: https://docs.discord.com/developers, at the pages that each module names.
"""

from tests.platforms.discord.people import Answer, People
from tests.platforms.discord.server import DiscordServer, Faults
from tests.platforms.discord.world import World

__all__ = ["Answer", "DiscordServer", "Faults", "People", "World"]
