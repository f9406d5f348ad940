"""The story that only we can tell: asked in Slack, answered in Discord, thanked in Slack.

Both SDKs run in one process and talk to our servers over HTTP and web sockets. The README shows the
transcript, which is compared word by word; GRAPEVINE_UPDATE=1 writes it anew.
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

from tests.conversations.driver import difference
from tests.together.stage import Stage, stage

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"(?<=```text\n)# Slack: .*?(?=```)", re.DOTALL)
UPDATE = os.environ.get("GRAPEVINE_UPDATE") == "1"

QUESTION = "Who has a sourdough starter that survives cold winters?"
ANSWER = "Mine lives on rye in the cold cellar since 2019, come by on Saturday"


async def linked(both: Stage) -> None:
    """The admins agree, and the Discord server takes questions in #market."""
    both.told.is_silent = True
    offer = await both.slack.types(both.slack.tom, "/grapevine link new")
    code = re.search("link ([^”]+)”", offer["text"] + str(offer["blocks"]))
    assert code is not None
    discord = both.discord
    await discord.types(discord.olga, "grapevine link", code=code[1])
    await discord.types(discord.olga, "grapevine questions", choice="on")
    both.told.is_silent = False


async def story(both: Stage) -> None:
    slack, discord = both.slack, both.discord
    found = await slack.types(slack.ana, f"/ask {QUESTION}")
    await slack.presses(slack.ana, found, "Ask the network")
    await slack.reads("ana asks:")
    await both.time_passes(hours=25)

    post = await discord.reads("ana from Allotment asks:")
    form = await discord.presses(discord.finn, post, "Answer")
    await discord.fills(discord.finn, form, answer=ANSWER)

    answer = await slack.reads("finn answered", alone=slack.ana)
    await slack.presses(slack.ana, answer, "That helped")
    await both.time_passes(days=1)

    await discord.reads("ana says thank you", alone=discord.finn)


def test_asked_in_slack_answered_in_discord_thanked_in_slack_read_in_discord(
    sqlite_url: str,
) -> None:
    async def whole() -> str:
        async with stage(sqlite_url) as both:
            await linked(both)
            await story(both)
            assert both.slack.slack.live_mentions == []
            assert both.discord.discord.rest.pinged == []
            assert both.discord.discord.interactions.pinged == []
            return "\n".join(both.told.lines) + "\n"

    told = asyncio.run(whole())
    readme = README.read_text(encoding="utf-8")
    if UPDATE:
        README.write_text(BLOCK.sub(lambda _: told, readme), encoding="utf-8")
        return
    shown = BLOCK.search(readme)
    assert shown is not None, f"Put this into README.md:\n\n```text\n{told}```"
    parted = difference(shown[0], told, "README.md")
    assert not parted, f"\n{parted}\n\nGRAPEVINE_UPDATE=1 writes it anew."
