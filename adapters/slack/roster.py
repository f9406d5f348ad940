"""Getting to know a workspace: its people and places, all of them or the one just met."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from adapters.files.records import LeftOut, record
from adapters.slack.calls import Denied
from adapters.slack.people import account_seen, place_seen
from adapters.slack.workspace import Workspace
from bot.events import AccountSeen, PlaceSeen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from adapters.files.records import Record
    from adapters.slack.offices import Office

Seen = TypeVar("Seen", AccountSeen, PlaceSeen)

OUR_PLACES = "public_channel,private_channel"


async def people(office: Office) -> AsyncIterator[list[AccountSeen]]:
    """Yield everybody in a workspace, page by page. Raises `CallFailed`."""
    async for page in office.calls.pages("users.list", "members"):
        yield _all(page, account_seen, office.workspace)


async def places(office: Office) -> AsyncIterator[list[PlaceSeen]]:
    """Yield the places that we are in, page by page. Raises `CallFailed`."""
    listed = office.calls.pages(
        "users.conversations", "channels", types=OUR_PLACES, exclude_archived=False
    )
    async for page in listed:
        yield _all(page, place_seen, office.workspace)


async def person(office: Office, user: str) -> AccountSeen | None:
    """Look one person up; None if Slack does not know them. Raises `CallFailed`."""
    try:
        said = await office.calls.read("users.info", user=user)
        return account_seen(record(said.get("user")), office.workspace)
    except (Denied, LeftOut):
        return None


async def place(office: Office, channel: str) -> PlaceSeen | None:
    """Look one place up; None if it is not for us to see. Raises `CallFailed`."""
    try:
        said = await office.calls.read("conversations.info", channel=channel)
        return place_seen(record(said.get("channel")), office.workspace)
    except (Denied, LeftOut):
        return None


def _all(
    page: list[object], read: Callable[[Record, Workspace], Seen], home: Workspace
) -> list[Seen]:
    found: list[Seen] = []
    for one in page:
        try:
            found.append(read(record(one), home))
        except LeftOut:
            continue
    return found
