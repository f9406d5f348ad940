"""Rows of the directory's tables as the core knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.events import AccountRef, CommunityRef, PlaceRef, Platform, Visibility
from bot.model import Account, Community, Listing, Place

if TYPE_CHECKING:
    from sqlalchemy.engine.row import Row


def as_community(row: Row[tuple[object, ...]]) -> Community:
    """A row of `community`."""
    ref = CommunityRef(Platform(row.platform), row.external_id)
    return Community(row.id, ref, row.name, row.url, row.network, Listing(row.listing))


def as_place(row: Row[tuple[object, ...]], ref: PlaceRef) -> Place:
    """A row of `place`, under the name its platform has for it."""
    return Place(
        row.id,
        ref,
        row.community_id,
        row.name,
        Visibility(row.visibility),
        row.archived,
        row.captured,
    )


def as_account(row: Row[tuple[object, ...]], ref: AccountRef) -> Account:
    """A row of `account`, as it is met under a name."""
    return Account(row.id, ref, row.person_id, row.name, row.is_bot, row.timezone)
