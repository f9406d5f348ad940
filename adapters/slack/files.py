"""Handing over a file or picture: to somebody into the direct message with them, where it lasts.

https://docs.slack.dev/messaging/working-with-files: ask for an address, upload there, share it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aiohttp

from adapters.slack.calls import Broken, Denied

if TYPE_CHECKING:
    from adapters.pictures import Enclosed
    from adapters.slack.offices import Office

USED_UP = 400
"""The first HTTP status that means no."""


async def hand(office: Office, what: Enclosed, user: str) -> None:
    """Give somebody what goes with a reply. Raises `CallFailed`."""
    opened = await office.calls.once("conversations.open", users=user)
    await lay(office, what, opened["channel"]["id"])


async def lay(office: Office, what: Enclosed, channel: str, thread: str | None = None) -> None:
    """Lay a file or picture into a channel, maybe in a thread. Raises `CallFailed`."""
    given = await office.calls.once(
        "files.getUploadURLExternal",
        filename=what.name,
        length=len(what.content),
        alt_txt=what.alt,
    )
    await _upload(office, str(given["upload_url"]), what.content)
    shared = json.dumps([{"id": given["file_id"], "title": what.name}])
    await office.calls.once(
        "files.completeUploadExternal", files=shared, channel_id=channel, thread_ts=thread
    )


async def _upload(office: Office, url: str, content: bytes) -> None:
    session = office.calls.client.session
    assert session is not None
    try:
        async with session.post(url, data=content) as answer:
            if answer.status >= USED_UP:
                raise Denied("upload_failed", {})
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Broken(f"upload: {type(error).__name__}") from error
