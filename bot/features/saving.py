"""Save link: keeping the links of one message on request, where nothing is kept by itself.

The share belongs to whoever wrote the message, not to whoever saved it, and can be seen where the
message could be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.features import sharing
from bot.features.capture import listens
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
    links = sharing.links_in(message.text)
    if not links and any(carries_secret(url) for url in find_urls(message.text)):
        return Reply.say("That link carries a password or token, so I do not keep it.")
    if not links:
        return Reply.say("There is no link in that message.")
    if message.from_bot:
        return Reply.say("I keep links that people share, not those of bots.")
    place = request.unit.directory.place(message.place)
    if place is None or not listens(place):
        return Reply.say("I keep nothing of this place. Switch me on with: here on")
    capture.post(message)
    capture.settle()
    if request.unit.archive.find(place.id, message.id) is None:
        return Reply.say("I may not keep that message, but you can post its link yourself.")
    return Reply.say(f"Saved: {number(len(links), 'link')}. It can be found with: links")
