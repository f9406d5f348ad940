"""Save link: keeping the links of one message on request, where nothing is kept by itself.

The share belongs to whoever wrote the message, not to whoever saved it, and can be seen where the
message could be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.features import sharing
from bot.replies import Reply
from bot.text.secrets import carries_secret
from bot.text.urls import find_urls
from bot.wording import number

if TYPE_CHECKING:
    from bot.events import MessagePosted
    from bot.features.capture import Capture
    from bot.requests import Request


def reply(request: Request, message: MessagePosted, capture: Capture) -> Reply:
    """Keep the message's links. One sentence about what came of it."""
    urls = find_urls(message.text)
    safe = [url for url in urls if not carries_secret(url)]
    if not urls:
        return Reply.say("There is no link in that message.")
    if not safe:
        return Reply.say("That link carries a password or token, so I do not keep it.")
    if message.from_bot:
        return Reply.say("I keep links that people share, not those of bots.")
    capture.post(message)
    place = request.unit.directory.place(message.place)
    if place is None or request.unit.archive.find(place.id, message.id) is None:
        return Reply.say("I keep nothing of this place. Switch me on with: here on")
    which = number(min(len(safe), sharing.MOST_LINKS), "link")
    return Reply.say(f"Saved: {which}. It can be found with: links")
