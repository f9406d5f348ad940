"""Handing somebody a file: into the direct message with them, where it lasts.

https://docs.slack.dev/messaging/working-with-files: ask for an address, upload there, share it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aiohttp

from adapters.slack.calls import Broken, Denied

if TYPE_CHECKING:
    from adapters.slack.offices import Office
    from bot.replies import File

USED_UP = 400
"""The first HTTP status that means no."""


async def hand(office: Office, file: File, user: str) -> None:
    """Give a file to somebody. Raises `CallFailed`."""
    content = file.content.encode("utf-8", "replace")
    given = await office.calls.once(
        "files.getUploadURLExternal", filename=file.name, length=len(content)
    )
    await _upload(office, str(given["upload_url"]), content)
    opened = await office.calls.once("conversations.open", users=user)
    shared = json.dumps([{"id": given["file_id"], "title": file.name}])
    await office.calls.once(
        "files.completeUploadExternal", files=shared, channel_id=opened["channel"]["id"]
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
