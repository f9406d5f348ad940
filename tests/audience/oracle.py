"""Who may see what, told a second time in plain Python from the words of DESIGN section 5, rule 1.

It knows nothing of the store: it hears the same events and keeps its own few dictionaries.
"Membership older than 15 minutes or unknown means no"; "direct messages are never captured";
"private places ... stay in that place"; "a community's content leaves it only by agreement of
admins on both sides, place by place"; a public reply holds what "everyone who can read that place"
may see; a guest sees only the places they are in, an external too (`bot/events.py`, Role).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.events import AccountRef, CommunityRef, PlaceRef, Platform, Role, Visibility

FRESH = timedelta(minutes=15)


@dataclass(frozen=True)
class Person:
    """Somebody who asks privately in a community, by all their accounts."""

    home: CommunityRef
    accounts: tuple[AccountRef, ...]


@dataclass(frozen=True)
class Readers:
    """Whoever can read a place."""

    spot: PlaceRef


@dataclass(frozen=True)
class Outsider:
    """Somebody who is in no community, asking about one or about all."""

    home: CommunityRef | None


Viewer = Person | Readers | Outsider
Id = tuple[Platform, str, str]  # an account: on Discord it is the same in every guild


def account_id(who: AccountRef) -> Id:
    """What makes two ids the same account."""
    platform = who.community.platform
    return platform, "" if platform is Platform.DISCORD else who.community.id, who.id


@dataclass
class Oracle:
    """What was told so far. `met`: accounts that turned up in a community, told of or not."""

    roles: dict[tuple[CommunityRef, Id], tuple[Role, bool]] = field(default_factory=dict)
    met: set[tuple[CommunityRef, Id]] = field(default_factory=set)
    visibility: dict[PlaceRef, Visibility] = field(default_factory=dict)
    inside: dict[PlaceRef, dict[Id, datetime]] = field(default_factory=dict)
    listed_at: dict[PlaceRef, datetime] = field(default_factory=dict)
    linked: set[frozenset[CommunityRef]] = field(default_factory=set)
    lent: set[tuple[PlaceRef, CommunityRef]] = field(default_factory=set)
    switched_on: set[PlaceRef] = field(default_factory=set)
    must: dict[PlaceRef, set[str]] = field(default_factory=dict)
    never: set[str] = field(default_factory=set)

    # ── What it hears ────────────────────────────────────────────────────────────────────────

    def enters(self, who: AccountRef, role: Role, *, active: bool) -> None:
        """An account is this in its community."""
        self.roles[who.community, account_id(who)] = role, active

    def opens(self, spot: PlaceRef, visibility: Visibility) -> None:
        """A place is open to these from now on."""
        if visibility is not Visibility.PUBLIC and self.visibility.get(spot) is Visibility.PUBLIC:
            self.switched_on.discard(spot)
        self.visibility[spot] = visibility

    def lists(self, spot: PlaceRef, members: set[AccountRef], at: datetime) -> None:
        """These are in a place, and nobody else."""
        self.inside[spot] = {account_id(who): at for who in members}
        self.listed_at[spot] = at
        self.met |= {(spot.community, account_id(who)) for who in members}

    def joins(self, who: AccountRef, spot: PlaceRef, at: datetime) -> None:
        """One came in."""
        self.inside.setdefault(spot, {})[account_id(who)] = at
        self.met.add((spot.community, account_id(who)))

    def leaves(self, who: AccountRef, spot: PlaceRef) -> None:
        """One went out."""
        self.inside.setdefault(spot, {}).pop(account_id(who), None)
        self.met.add((spot.community, account_id(who)))

    def says(self, who: AccountRef, spot: PlaceRef, ident: str) -> None:
        """One said something; where nothing is kept, not even who spoke is."""
        visibility = self.visibility[spot]
        if visibility is Visibility.DIRECT or (
            visibility is Visibility.PRIVATE and spot not in self.switched_on
        ):
            self.never.add(ident)
        elif spot in self.switched_on:
            self.must.setdefault(spot, set()).add(ident)
            self.met.add((spot.community, account_id(who)))

    def shares(self, spot: PlaceRef) -> None:
        """A place is lent to whoever its community is linked with at this moment."""
        pairs = (pair for pair in self.linked if spot.community in pair)
        self.lent |= {(spot, other) for pair in pairs for other in pair - {spot.community}}

    def unlinks(self, one: CommunityRef, other: CommunityRef) -> None:
        """Two are linked no more: neither has anything of the other's."""
        self.linked.discard(frozenset({one, other}))
        self.lent = {pair for pair in self.lent if {pair[0].community, pair[1]} != {one, other}}

    # ── What it answers ──────────────────────────────────────────────────────────────────────

    def sees(self, viewer: Viewer, at: datetime) -> set[PlaceRef]:
        """The places whose content may reach a viewer."""
        return {spot for spot in self.visibility if self.may_see(viewer, spot, at)}

    def may_see(self, viewer: Viewer, spot: PlaceRef, at: datetime) -> bool:
        """Whether what is said in a place may reach a viewer."""
        if isinstance(viewer, Outsider):
            return self._is_public(spot) and viewer.home in {None, spot.community}
        if isinstance(viewer, Readers):
            is_here = spot == viewer.spot and self.visibility[spot] is not Visibility.DIRECT
            return is_here or (
                self._all_are_full_members(viewer.spot, at)
                and self._is_open_to(viewer.spot.community, spot)
            )
        ids = [account_id(who) for who in viewer.accounts]
        if any(self._is_in(one, spot, at) for one in ids):
            return self.visibility[spot] is not Visibility.DIRECT
        is_full = any(self._is_full(viewer.home, one) for one in ids)
        return is_full and self._is_open_to(viewer.home, spot)

    def hears_claims(self, viewer: Viewer, home: CommunityRef, at: datetime) -> bool:
        """Whether what members of a community say about themselves may reach a viewer."""
        match viewer:
            case Outsider():
                return viewer.home in {None, home}
            case Readers(spot):
                return spot.community == home and self._all_are_full_members(spot, at)
            case Person():
                ids = [account_id(who) for who in viewer.accounts]
                return viewer.home == home and any(self._is_full(home, one) for one in ids)

    def _is_public(self, spot: PlaceRef) -> bool:
        return self.visibility[spot] in {Visibility.PUBLIC, Visibility.SHELF}

    def _is_open_to(self, home: CommunityRef, spot: PlaceRef) -> bool:
        return self._is_public(spot) and (spot.community == home or (spot, home) in self.lent)

    def _is_in(self, one: Id, spot: PlaceRef, at: datetime) -> bool:
        seen = self.inside.get(spot, {}).get(one)
        _, active = self.roles.get((spot.community, one), (None, (spot.community, one) in self.met))
        return seen is not None and at - seen <= FRESH and active

    def _is_full(self, home: CommunityRef, one: Id) -> bool:
        role, active = self.roles.get((home, one), (None, False))
        return active and role in {Role.ADMIN, Role.MEMBER}

    def _is_gone(self, home: CommunityRef, one: Id) -> bool:
        _, active = self.roles.get((home, one), (None, True))
        return not active

    def _all_are_full_members(self, spot: PlaceRef, at: datetime) -> bool:
        """Everyone who can read the place, as far as that is known; where it is not, no."""

        def is_sure(ids: set[Id]) -> bool:
            home = spot.community
            return all(self._is_full(home, one) or self._is_gone(home, one) for one in ids)

        told = {one for home, one in self.roles if home == spot.community}
        around = told | {one for home, one in self.met if home == spot.community}
        # On a shelf nobody talks, so nothing is ever answered there for all to read.
        if self.visibility[spot] is Visibility.PUBLIC and is_sure(around):
            return True
        listed_at = self.listed_at.get(spot)
        is_known = listed_at is not None and at - listed_at <= FRESH and self.inside[spot]
        return bool(is_known) and is_sure(set(self.inside[spot]))
