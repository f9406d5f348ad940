"""Rows of the directory's tables as the core knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, bindparam, select

from bot.events import AccountRef, CommunityRef, PlaceRef, Platform, Visibility
from bot.model import Account, Community, Listing, Place
from storage.tables import account, community, member, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine.row import Row


def as_community(row: Row[tuple[object, ...]]) -> Community:
    """A row of `community`."""
    ref = CommunityRef(Platform(row.platform), row.external_id)
    return Community(row.id, ref, row.name, row.url, Listing(row.listing))


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


# Places with the community that names them.
PLACED = select(place, community.c.platform, community.c.external_id.label("home")).join(
    community, community.c.id == place.c.community_id
)


def as_placed(row: Row[tuple[object, ...]]) -> Place:
    """A row of `PLACED`."""
    home = CommunityRef(Platform(row.platform), row.home)
    return as_place(row, PlaceRef(home, row.external_id))


# Accounts as their members' communities meet them.
MET = (
    select(account, member.c.active, community.c.external_id.label("home"))
    .join(member, member.c.account_id == account.c.id)
    .join(community, community.c.id == member.c.community_id)
)
# Built once: they are asked for with almost everything that is owed.
MET_ANYWHERE = MET.where(
    account.c.id == bindparam("who", type_=BigInteger), member.c.active
).order_by(member.c.community_id)
MET_THERE = MET_ANYWHERE.where(member.c.community_id == bindparam("home", type_=BigInteger))
COMMUNITY = select(community).where(
    community.c.platform == bindparam("platform"), community.c.external_id == bindparam("name")
)
ACCOUNTS_OF = (
    select(account.c.id)
    .where(account.c.person_id == bindparam("person", type_=BigInteger))
    .order_by(account.c.id)
)


def as_met(row: Row[tuple[object, ...]]) -> Account:
    """A row of `MET`."""
    home = CommunityRef(Platform(row.platform), row.home)
    return as_account(row, AccountRef(home, row.external_id))


def as_account(row: Row[tuple[object, ...]], ref: AccountRef) -> Account:
    """A row of `account`, as it is met under a name."""
    return Account(row.id, ref, row.person_id, row.name, row.is_bot, row.timezone)


def first_met(found: Sequence[Row[tuple[object, ...]]]) -> Account | None:
    """The first of some rows of `MET`."""
    return as_met(found[0]) if found else None


def numbers(found: Sequence[Any]) -> tuple[int, ...]:
    """Rows of one number each."""
    return tuple(number for (number,) in found)
