"""Who is there and where: communities, places, accounts, and who is in what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from bot.events import AccountRef, AccountSeen, CommunityRef, PlaceRef, Platform, Role, Visibility
from bot.model import Account, Community, Listing, Membership, Place
from storage.drafts import chunks
from storage.forgotten import Forgotten, scope_of
from storage.index import upsert
from storage.tables import (
    account,
    community,
    member,
    person,
    place,
    place_member,
    posting,
    share_term,
    vocabulary,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.row import Row

    from bot.events import CommunitySeen, PlaceSeen
    from storage.ids import Ids


class Directory:
    """Reads and writes the directory within one transaction."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids
        self._communities: dict[CommunityRef, Community] = {}
        self._places: dict[PlaceRef, Place | None] = {}
        self._accounts: dict[AccountRef, Account | None] = {}
        self._forgotten = Forgotten(connection)

    # ── Communities ──────────────────────────────────────────────────────────────────────────

    def community(self, ref: CommunityRef) -> Community | None:
        """The community behind a platform's id."""
        known = self._communities.get(ref)
        if known is None:
            query = select(community).where(
                community.c.platform == ref.platform.value, community.c.external_id == ref.id
            )
            row = self._connection.execute(query).first()
            if row is None:
                return None
            known = self._communities[ref] = _community(row)
        return known

    def communities(self) -> list[Community]:
        """Every community, by name."""
        query = select(community).order_by(community.c.name, community.c.id)
        return [_community(row) for row in self._connection.execute(query)]

    def save_community(self, seen: CommunitySeen) -> Community:
        """Take in what a platform says about a community."""
        known = self.community(seen.community)
        if known is None:
            number = self._ids.next()
            row = {
                "id": number,
                "platform": seen.community.platform.value,
                "external_id": seen.community.id,
                "name": seen.name,
                "url": seen.url,
                "network": number,
                "listing": Listing.OPEN.value,
            }
            self._connection.execute(insert(community), row)
        elif (known.name, known.url) != (seen.name, seen.url or known.url):
            self._connection.execute(
                update(community)
                .where(community.c.id == known.id)
                .values(name=seen.name, url=seen.url or known.url)
            )
        self._communities.pop(seen.community, None)
        saved = self.community(seen.community)
        assert saved is not None
        return saved

    def set_listing(self, community_id: int, listing: Listing) -> None:
        """Choose how people come to be listed in a community."""
        change = update(community).where(community.c.id == community_id)
        self._connection.execute(change.values(listing=listing.value))
        self._communities.clear()

    def drop_community(self, ref: CommunityRef) -> None:
        """Delete a community and, through the foreign keys, all that was said in it."""
        known = self.community(ref)
        if known is None:
            return
        self._drop_words([one.id for one in self.places(known.id)])
        self._connection.execute(delete(community).where(community.c.id == known.id))
        self._communities.clear()
        self._places.clear()

    # ── Places ───────────────────────────────────────────────────────────────────────────────

    def place(self, ref: PlaceRef) -> Place | None:
        """The place behind a platform's id."""
        if ref not in self._places:
            home = self.community(ref.community)
            row = None
            if home is not None:
                query = select(place).where(
                    place.c.community_id == home.id, place.c.external_id == ref.id
                )
                row = self._connection.execute(query).first()
            self._places[ref] = None if row is None else _place(row, ref)
        return self._places[ref]

    def places(self, community_id: int) -> list[Place]:
        """Every place of a community, by name."""
        query = (
            select(place, community.c.platform, community.c.external_id.label("home"))
            .join(community)
            .where(place.c.community_id == community_id)
            .order_by(place.c.name, place.c.id)
        )
        return [
            _place(row, PlaceRef(CommunityRef(Platform(row.platform), row.home), row.external_id))
            for row in self._connection.execute(query)
        ]

    def save_place(self, seen: PlaceSeen) -> Place:
        """Take in what a platform says about a place.

        A place that stops being public stops being captured: someone in it must switch it on.
        """
        known = self.place(seen.place)
        values = {
            "name": seen.name,
            "visibility": seen.visibility.value,
            "parent": seen.parent,
            "archived": seen.archived,
        }
        is_public = seen.visibility is Visibility.PUBLIC
        if known is None:
            home = self.community(seen.place.community)
            assert home is not None, "a community is seen before its places"
            row = {
                "id": self._ids.next(),
                "community_id": home.id,
                "captured": is_public,
                "conversations": 0,
                "words": 0,
            }
            self._connection.execute(insert(place), row | {"external_id": seen.place.id} | values)
        else:
            if known.visibility is Visibility.PUBLIC and not is_public:
                values["captured"] = False
            self._connection.execute(update(place).where(place.c.id == known.id).values(values))
        self._places.pop(seen.place, None)
        saved = self.place(seen.place)
        assert saved is not None
        return saved

    def set_captured(self, place_id: int, *, captured: bool) -> None:
        """Switch listening in a place on or off."""
        change = update(place).where(place.c.id == place_id).values(captured=captured)
        self._connection.execute(change)
        self._places.clear()

    def drop_place(self, ref: PlaceRef) -> None:
        """Delete a place and, through the foreign keys, all that was said in it."""
        known = self.place(ref)
        if known is not None:
            self._drop_words([known.id])
            self._connection.execute(delete(place).where(place.c.id == known.id))
            self._places[ref] = None

    def _drop_words(self, place_ids: Sequence[int]) -> None:
        """Take out the derived words of places that are going; they have no foreign keys."""
        for table in (posting, vocabulary, share_term):
            self._connection.execute(delete(table).where(table.c.place_id.in_(place_ids)))

    # ── Who is in a place ────────────────────────────────────────────────────────────────────

    def set_members(self, place_id: int, account_ids: Sequence[int], at: datetime) -> None:
        """Replace what is known of a place's members by a complete list."""
        self._connection.execute(delete(place_member).where(place_member.c.place_id == place_id))
        rows = [
            {"place_id": place_id, "account_id": number, "checked_at": at}
            for number in set(account_ids)
        ]
        if rows:
            self._connection.execute(insert(place_member), rows)

    def set_member(self, place_id: int, account_id: int, at: datetime | None) -> None:
        """One account is in a place, as seen at `at`; None: it left."""
        if at is None:
            gone = delete(place_member).where(
                place_member.c.place_id == place_id, place_member.c.account_id == account_id
            )
            self._connection.execute(gone)
            return
        row = {"place_id": place_id, "account_id": account_id, "checked_at": at}
        into = upsert(self._connection, place_member).values(row)
        keys = list(place_member.primary_key.columns)
        self._connection.execute(
            into.on_conflict_do_update(index_elements=keys, set_={"checked_at": at})
        )

    # ── Accounts ─────────────────────────────────────────────────────────────────────────────

    def author(self, ref: AccountRef) -> Account | None:
        """The account behind a platform's id, made when it is new. None: it was forgotten."""
        known = self.account(ref)
        if known is not None:
            return known
        # Until the platform says what they are, they see only the places they are in.
        return self._new_account(ref, AccountSeen(ref, ref.id, Role.GUEST))

    def warm(self, refs: Iterable[AccountRef]) -> None:
        """Look many accounts up at once, so that `author` need not ask for each."""
        missing: dict[tuple[str, str], dict[str, AccountRef]] = {}
        for ref in refs:
            if ref not in self._accounts:
                key = ref.community.platform.value, scope_of(ref)
                missing.setdefault(key, {})[ref.id] = ref
        for (platform, scope), by_name in missing.items():
            for names in chunks(list(by_name)):
                query = select(account).where(
                    account.c.platform == platform,
                    account.c.scope == scope,
                    account.c.external_id.in_(names),
                )
                for row in self._connection.execute(query):
                    ref = by_name[row.external_id]
                    self._accounts[ref] = _account(row, ref)

    def account(self, ref: AccountRef) -> Account | None:
        """The account behind a platform's id, if there is one."""
        if ref not in self._accounts:
            query = select(account).where(
                account.c.platform == ref.community.platform.value,
                account.c.scope == scope_of(ref),
                account.c.external_id == ref.id,
            )
            row = self._connection.execute(query).first()
            self._accounts[ref] = None if row is None else _account(row, ref)
        return self._accounts[ref]

    def _new_account(self, ref: AccountRef, seen: AccountSeen) -> Account | None:
        if self.community(ref.community) is None or self._forgotten.holds(ref):
            return None
        number = self._ids.next()
        self._connection.execute(insert(person), {"id": number, "unlisted": False})
        row = {
            "id": number,
            "person_id": number,
            "platform": ref.community.platform.value,
            "scope": scope_of(ref),
            "external_id": ref.id,
            "name": seen.name,
            "is_bot": seen.is_bot,
            "timezone": seen.timezone,
        }
        self._connection.execute(insert(account), row)
        made = Account(number, ref, number, seen.name, seen.is_bot, seen.timezone)
        self._accounts[ref] = made
        self._enter(made, Membership(seen.role, seen.active))
        return made

    def save_account(self, seen: AccountSeen) -> Account | None:
        """Take in what a platform says about an account. None: it was forgotten."""
        known = self.account(seen.account)
        if known is None:
            return self._new_account(seen.account, seen)
        values = {"name": seen.name, "is_bot": seen.is_bot, "timezone": seen.timezone}
        self._connection.execute(update(account).where(account.c.id == known.id).values(values))
        self._accounts.pop(seen.account, None)
        self._enter(known, Membership(seen.role, seen.active))
        return self.account(seen.account)

    def _enter(self, who: Account, membership: Membership) -> None:
        home = self.community(who.ref.community)
        assert home is not None, "a community is seen before its accounts"
        values = {"role": membership.role.value, "active": membership.active}
        row = {"community_id": home.id, "account_id": who.id} | values
        into = upsert(self._connection, member).values(row)
        self._connection.execute(
            into.on_conflict_do_update(index_elements=list(member.primary_key.columns), set_=values)
        )

    def membership(self, community_id: int, account_id: int) -> Membership | None:
        """What an account is in a community."""
        query = select(member.c.role, member.c.active).where(
            member.c.community_id == community_id, member.c.account_id == account_id
        )
        row = self._connection.execute(query).first()
        return None if row is None else Membership(Role(row.role), row.active)

    def accounts_of(self, person_id: int) -> tuple[int, ...]:
        """The numbers of a person's accounts."""
        query = select(account.c.id).where(account.c.person_id == person_id)
        return tuple(sorted(self._connection.scalars(query)))

    def forget(self, ref: AccountRef) -> None:
        """Remember, by hash only, that nothing of this account may be kept again."""
        self._forgotten.add(ref)
        self._accounts.clear()

    def welcome_back(self, ref: AccountRef) -> None:
        """Undo `forget`: this person wants to be known again."""
        self._forgotten.drop(ref)
        self._accounts.clear()

    def ref_of(self, account_id: int) -> AccountRef:
        """A platform's id of an account, as it is met in one of its communities."""
        query = (
            select(account.c.external_id, community.c.platform, community.c.external_id)
            .join(member, member.c.account_id == account.c.id)
            .join(community, community.c.id == member.c.community_id)
            .where(account.c.id == account_id)
            .order_by(community.c.id)
        )
        name, platform, home = self._connection.execute(query).first() or ("", "", "")
        return AccountRef(CommunityRef(Platform(platform), home), name)

    def people(self, community_id: int) -> list[Account]:
        """The active people of a community, by name; no bots."""
        query = (
            select(account, community.c.platform.label("on"), community.c.external_id.label("home"))
            .join(member, member.c.account_id == account.c.id)
            .join(community, community.c.id == member.c.community_id)
            .where(member.c.community_id == community_id, member.c.active, ~account.c.is_bot)
            .order_by(account.c.name, account.c.id)
        )
        return [
            _account(row, AccountRef(CommunityRef(Platform(row.on), row.home), row.external_id))
            for row in self._connection.execute(query)
        ]


def _community(row: Row[tuple[object, ...]]) -> Community:
    ref = CommunityRef(Platform(row.platform), row.external_id)
    return Community(row.id, ref, row.name, row.url, row.network, Listing(row.listing))


def _place(row: Row[tuple[object, ...]], ref: PlaceRef) -> Place:
    return Place(
        row.id,
        ref,
        row.community_id,
        row.name,
        Visibility(row.visibility),
        row.archived,
        row.captured,
    )


def _account(row: Row[tuple[object, ...]], ref: AccountRef) -> Account:
    return Account(row.id, ref, row.person_id, row.name, row.is_bot, row.timezone)
