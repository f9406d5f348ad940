"""Who may see what: the one predicate of DESIGN section 5, rule 1.

`visible(audience)` asks for the places whose content may reach that audience, which every read of
evidence is narrowed to. No evidence is read in another way: a test holds every
function of `storage/evidence.py` to it, and random worlds check that an answer is the same to the
byte with and without what is hidden.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, bindparam, exists, or_, select, true

from bot.events import Role, Visibility
from bot.model import MEMBERSHIP_IS_FRESH
from storage.columns import EPOCH, Instant
from storage.known import tables_of
from storage.tables import community, member, place, place_grant, place_member

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.sql import ColumnElement, FromClause, Select
    from sqlalchemy.sql.elements import BindParameter

    from bot.model import Audience

FULL = (Role.ADMIN.value, Role.MEMBER.value)


def visible(audience: Audience) -> tuple[Select[tuple[int]], dict[str, Any]]:
    """The ids of the places that `audience` may be shown, as a query with its values."""
    if audience.place_id is not None:
        return select(place.c.id).where(_readers_of(audience.place_id, audience.at)), {}
    if not audience.account_ids or audience.community_id is None:
        return select(place.c.id).where(_outsider(audience.community_id)), {}
    values = {
        "home": audience.community_id,
        "accounts": audience.account_ids,
        "fresh": audience.at - MEMBERSHIP_IS_FRESH,
    }
    if audience.settled is None:
        return _seen_by_person(settled=False), values
    return _seen_by_person(settled=True), values | {"settled": audience.settled}


def _public() -> ColumnElement[bool]:
    return place.c.visibility.in_((Visibility.PUBLIC.value, Visibility.SHELF.value))


def _outsider(community_id: int | None) -> ColumnElement[bool]:
    if community_id is None:
        return _public()
    return and_(_public(), place.c.community_id == community_id)


def _open_to(community_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """What every full member of a community sees: its public places and those granted to it."""
    granted = exists().where(
        place_grant.c.place_id == place.c.id,
        place_grant.c.community_id == community_id,
    )
    return and_(_public(), or_(place.c.community_id == community_id, granted))


def _is_full_member(
    community_id: int | BindParameter[int], account_ids: tuple[int, ...] | BindParameter[Any]
) -> ColumnElement[bool]:
    return exists().where(
        member.c.community_id == community_id,
        member.c.account_id.in_(account_ids),
        member.c.active,
        member.c.role.in_(FULL),
    )


_HOME = bindparam("home", type_=BigInteger)
_ACCOUNTS = bindparam("accounts", expanding=True, type_=BigInteger)


def _is_in(*, settled: bool) -> ColumnElement[bool]:
    """Membership of the place itself, known, fresh and settled, of an account still active."""
    since = place_member.c.since
    began = bindparam("settled", type_=Instant)
    return exists().where(
        place_member.c.place_id == place.c.id,
        place_member.c.account_id.in_(_ACCOUNTS),
        place_member.c.inside,
        place_member.c.checked_at >= bindparam("fresh", type_=Instant),
        or_(since.is_(None), since <= began) if settled else true(),
        member.c.community_id == place.c.community_id,
        member.c.account_id == place_member.c.account_id,
        member.c.active,
    )


@cache
def _seen_by_person(*, settled: bool) -> Select[tuple[int]]:
    """What one person sees; built once, as it is asked for with every answer."""
    open_to_members = and_(_open_to(_HOME), _is_full_member(_HOME, _ACCOUNTS))
    in_it = and_(place.c.visibility != Visibility.DIRECT.value, _is_in(settled=settled))
    return select(place.c.id).where(or_(open_to_members, in_it))


def _whole_community(place_id: int, at: datetime) -> Select[tuple[int]]:
    """The community of a place, if everyone who can read the place is a full member of it.

    That is certain of a public place of a community in which nobody is a guest or from outside, and
    of any place all of whose readers were listed just now. Somebody of whom nothing may be kept is
    a reader all the same.
    """
    here, home = place.alias("here"), community.alias("home")
    limited = exists().where(
        member.c.community_id == here.c.community_id, member.c.active, member.c.role.not_in(FULL)
    )
    is_open = and_(here.c.visibility == Visibility.PUBLIC.value, ~limited)
    is_listed = and_(here.c.listed_at >= at - MEMBERSHIP_IS_FRESH, *_only_full_members(here))
    return (
        select(here.c.community_id)
        .join(home, home.c.id == here.c.community_id)
        .where(here.c.id == place_id, or_(is_open, is_listed), ~home.c.strangers)
    )


def _only_full_members(here: FromClause) -> tuple[ColumnElement[bool], ...]:
    """Somebody is in a place, and nobody who may not see what is open to its community."""
    in_it = and_(place_member.c.place_id == here.c.id, place_member.c.inside)
    may_see_all = (
        exists()
        .where(member.c.community_id == here.c.community_id)
        .where(member.c.account_id == place_member.c.account_id)
        .where(or_(member.c.role.in_(FULL), ~member.c.active))
        # By itself SQLAlchemy correlates with the nearest enclosing query only.
        .correlate(here, place_member)
    )
    return exists().where(in_it), ~exists().where(in_it, ~may_see_all)


def _readers_of(place_id: int, at: datetime) -> ColumnElement[bool]:
    """What everybody who can read one place may see: the place, and what is open to them all."""
    whole = _whole_community(place_id, at)
    granted = exists().where(
        place_grant.c.place_id == place.c.id,
        place_grant.c.community_id.in_(whole),
    )
    open_to_all = and_(_public(), or_(place.c.community_id.in_(whole), granted))
    here = and_(place.c.id == place_id, place.c.visibility != Visibility.DIRECT.value)
    return or_(here, open_to_all)


# The tables that `visible` reads, whoever the audience is.
READ = tables_of(_outsider(0), _readers_of(0, EPOCH), _seen_by_person(settled=True))


def communities(audience: Audience) -> tuple[Select[tuple[int]], dict[str, Any]]:
    """The communities whose members' own words about themselves `audience` may see.

    As a query with its values.
    """
    query = select(community.c.id)
    if audience.place_id is not None:
        everyone = _whole_community(audience.place_id, audience.at)
        return query.where(community.c.id.in_(everyone)), {}
    if audience.community_id is None:
        return query, {}
    if not audience.account_ids:
        return query.where(community.c.id == audience.community_id), {}
    return _home_of_member(), {"home": audience.community_id, "accounts": audience.account_ids}


@cache
def _home_of_member() -> Select[tuple[int]]:
    return select(community.c.id).where(community.c.id == _HOME, _is_full_member(_HOME, _ACCOUNTS))
