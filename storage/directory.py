"""Who is there and where: communities, places, accounts, and who is in what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, insert, select, update

from bot.events import AccountRef, AccountSeen, CommunityRef, PlaceRef, Platform, Role, Visibility
from bot.model import Account, Community, Listing, Membership, Place
from storage import rows
from storage.audience import FULL
from storage.drafts import chunks
from storage.forgotten import Forgotten, scope_of
from storage.index import upsert
from storage.numbers import number_for
from storage.presence import Presence
from storage.rows import MET, PLACED, as_account, as_community, as_met, as_place, as_placed
from storage.tables import (
    account,
    community,
    member,
    person,
    place,
    posting,
    share_term,
    vocabulary,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import ColumnElement

    from bot.events import CommunitySeen, PlaceSeen
    from storage.ids import Ids
    from storage.known import Known


class Directory:
    """Reads and writes the directory within one transaction."""

    def __init__(self, connection: Connection, ids: Ids, known: Known) -> None:
        self._connection = connection
        self._ids = ids
        self._known = known
        self._communities: dict[CommunityRef, Community] = {}
        self._places: dict[PlaceRef, Place | None] = {}
        self._accounts: dict[AccountRef, Account | None] = {}
        self._met: set[tuple[int, int]] = set()
        self._presence = Presence(connection)
        self._forgotten = Forgotten(connection)

    # ── Communities ──────────────────────────────────────────────────────────────────────────

    def community(self, ref: CommunityRef) -> Community | None:
        """The community behind a platform's id."""
        known = self._communities.get(ref)
        if known is None:
            values = {"platform": ref.platform.value, "name": ref.id}
            row = self._connection.execute(rows.COMMUNITY, values).first()
            if row is None:
                return None
            known = self._communities[ref] = as_community(row)
        return known

    def community_by_id(self, community_id: int) -> Community | None:
        """The community with this number."""
        row = self._connection.execute(
            select(community).where(community.c.id == community_id)
        ).first()
        return None if row is None else as_community(row)

    def communities(self) -> list[Community]:
        """Every community, by name."""
        query = select(community).order_by(community.c.name, community.c.id)
        return [as_community(row) for row in self._connection.execute(query)]

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
                "listing": Listing.OPEN.value,
                "strangers": False,
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
        """Delete a community, all that was said in it, and whoever was nowhere else."""
        known = self.community(ref)
        if known is None:
            return
        self._drop_words([one.id for one in self.places(known.id)])
        self._connection.execute(delete(community).where(community.c.id == known.id))
        is_somewhere = exists().where(member.c.account_id == account.c.id)
        self._connection.execute(delete(account).where(~is_somewhere))
        has_accounts = exists().where(account.c.person_id == person.c.id)
        self._connection.execute(delete(person).where(~has_accounts))
        for known_here in (self._communities, self._places, self._accounts, self._met):
            known_here.clear()

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
            self._places[ref] = None if row is None else as_place(row, ref)
        return self._places[ref]

    def places(self, community_id: int) -> list[Place]:
        """Every place of a community, by name."""
        query = PLACED.where(place.c.community_id == community_id)
        query = query.order_by(place.c.name, place.c.id)
        return [as_placed(row) for row in self._connection.execute(query)]

    def place_by_id(self, place_id: int) -> Place | None:
        """The place with this number."""
        row = self._connection.execute(PLACED.where(place.c.id == place_id)).first()
        return None if row is None else as_placed(row)

    def save_place(self, seen: PlaceSeen) -> Place | None:
        """Take in what a platform says about a place. None: its community is not known.

        A place that stops being public stops being captured: someone in it must switch it on.
        """
        known, home = self.place(seen.place), self.community(seen.place.community)
        if home is None:
            return None
        values = {
            "name": seen.name,
            "visibility": seen.visibility.value,
            "parent": seen.parent,
            "archived": seen.archived,
        }
        is_public = seen.visibility in {Visibility.PUBLIC, Visibility.SHELF}
        if known is None:
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
        return self.place(seen.place)

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

    def set_members(self, place_id: int, account_ids: Collection[int], at: datetime) -> None:
        """Replace what was known of a place's members before `at` by a complete list."""
        self._presence.tell_all(place_id, account_ids, at)

    def set_member(self, place_id: int, account_id: int, at: datetime, *, inside: bool) -> None:
        """One account was in a place at `at`, or had left it."""
        self._presence.tell(place_id, account_id, at, inside=inside)

    def has_left(self, place_id: int, account_ids: Collection[int]) -> bool:
        """Whether it is known of some accounts that none of them is in a place."""
        return self._presence.has_left(place_id, account_ids)

    # ── Accounts ─────────────────────────────────────────────────────────────────────────────

    def author(self, ref: AccountRef) -> Account | None:
        """The account behind a platform's id, made when it is new, and known in its community.

        Until the platform says what they are there, they see only the places they are in. None: it
        was forgotten, or its community is not known.
        """
        known = self.account(ref)
        if known is None:
            return self._new_account(AccountSeen(ref, ref.id, Role.GUEST))
        if not self.has_met(ref):
            home = self.community(ref.community)
            if home is None:
                return None
            self._enter(home, known, Membership(Role.GUEST, active=True))
        return known

    def has_met(self, ref: AccountRef) -> bool:
        """Whether an account is known in its community, and not only on its platform."""
        known, home = self.account(ref), self.community(ref.community)
        if known is None or home is None:
            return False
        if scope_of(ref) or (home.id, known.id) in self._met:
            return True
        is_met = self.membership(home.id, known.id) is not None
        if is_met:
            self._met.add((home.id, known.id))
        return is_met

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
                    self._accounts[ref] = as_account(row, ref)

    def account(self, ref: AccountRef) -> Account | None:
        """The account behind a platform's id, if there is one."""
        if ref not in self._accounts:
            query = select(account).where(
                account.c.platform == ref.community.platform.value,
                account.c.scope == scope_of(ref),
                account.c.external_id == ref.id,
            )
            row = self._connection.execute(query).first()
            self._accounts[ref] = None if row is None else as_account(row, ref)
        return self._accounts[ref]

    def _new_account(self, seen: AccountSeen) -> Account | None:
        ref = seen.account
        home = self.community(ref.community)
        if home is None or self._forgotten.holds(ref):
            return None
        number = number_for(self._connection, ref)
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
        self._enter(home, made, Membership(seen.role, seen.active))
        return made

    def save_account(self, seen: AccountSeen) -> Account | None:
        """Take in what a platform says about an account.

        None: it was forgotten, or its community is not known.
        """
        known, home = self.account(seen.account), self.community(seen.account.community)
        if home is None:
            return None
        if known is None:
            made = self._new_account(seen)
            if made is None and seen.active and seen.role.value not in FULL:
                self._has_strangers(community.c.id == home.id)
            return made
        values = {"name": seen.name, "is_bot": seen.is_bot, "timezone": seen.timezone}
        self._connection.execute(update(account).where(account.c.id == known.id).values(values))
        self._accounts.pop(seen.account, None)
        self._enter(home, known, Membership(seen.role, seen.active))
        return self.account(seen.account)

    def _enter(self, home: Community, who: Account, membership: Membership) -> None:
        values = {"role": membership.role.value, "active": membership.active}
        row = {"community_id": home.id, "account_id": who.id} | values
        into = upsert(self._connection, member).values(row)
        self._connection.execute(
            into.on_conflict_do_update(index_elements=list(member.primary_key.columns), set_=values)
        )
        self._met.add((home.id, who.id))

    def leave_as_strangers(self, account_ids: Collection[int]) -> None:
        """Note where accounts that are about to be forgotten read as guests or from outside.

        They may go on reading there when nothing is known of them any more.
        """
        limited = select(member.c.community_id).where(
            member.c.account_id.in_(account_ids), member.c.active, member.c.role.not_in(FULL)
        )
        self._has_strangers(community.c.id.in_(limited))

    def _has_strangers(self, which: ColumnElement[bool]) -> None:
        self._connection.execute(update(community).where(which).values(strangers=True))

    def membership(self, community_id: int, account_id: int) -> Membership | None:
        """What an account is in a community."""
        query = select(member.c.role, member.c.active).where(
            member.c.community_id == community_id, member.c.account_id == account_id
        )
        row = self._connection.execute(query).first()
        return None if row is None else Membership(Role(row.role), row.active)

    def members(self, community_id: int) -> list[tuple[Account, Membership]]:
        """Everybody who is or was in a community, and as what."""
        query = MET.add_columns(member.c.role).where(member.c.community_id == community_id)
        rows = self._connection.execute(query)
        return [(as_met(row), Membership(Role(row.role), row.active)) for row in rows]

    def met(self, account_id: int, community_id: int | None = None) -> Account | None:
        """An account by its number, as an active member of a community, or of any it is in.

        None: it is no active member there.
        """
        if community_id is None:
            return self._known.ask(rows.MET_ANYWHERE, {"who": account_id}, rows.first_met)
        values = {"who": account_id, "home": community_id}
        return self._known.ask(rows.MET_THERE, values, rows.first_met)

    def accounts_of(self, person_id: int) -> tuple[int, ...]:
        """The numbers of a person's accounts."""
        return self._known.ask(rows.ACCOUNTS_OF, {"person": person_id}, rows.numbers)

    def forget(self, ref: AccountRef) -> None:
        """Remember, by hash only, that nothing of this account may be kept again."""
        self._forgotten.add(ref)
        self._accounts.clear()
        self._met.clear()

    def welcome_back(self, ref: AccountRef) -> None:
        """Undo `forget`: this person wants to be known again."""
        self._forgotten.drop(ref)
        self._accounts.clear()

    def hash_of(self, ref: AccountRef) -> str:
        """What the queues keep of an account, by which forgetting finds what waits there."""
        return self._forgotten.hash_of(ref)

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
        found = [who for who, what in self.members(community_id) if what.active and not who.is_bot]
        return sorted(found, key=lambda who: (who.name, who.ref.id))
