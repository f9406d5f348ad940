"""What people decide about themselves: claims, what they hide, whether they are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, exists, insert, or_, select, update

from bot.events import AccountRef, CommunityRef, Platform, Role
from bot.model import Account, Claim
from bot.ports import Promise
from storage.index import upsert
from storage.lists import among
from storage.tables import (
    account,
    button,
    claim,
    claim_term,
    confirmed,
    hidden,
    member,
    person,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.row import Row

    from storage.ids import Ids

_NAMEABLE = (
    select(account)
    .join(person, person.c.id == account.c.person_id)
    .where(among(account.c.id, "accounts"), ~account.c.is_bot, ~person.c.unlisted)
    .where(exists().where(member.c.account_id == account.c.id, member.c.active))
)
_NAMEABLE_HIDING = _NAMEABLE.outerjoin(
    hidden, hidden.c.person_id == account.c.person_id
).add_columns(hidden.c.kind, hidden.c.key)
_HIDDEN = select(hidden).where(among(hidden.c.person_id, "people"))
_CLAIMS_OF = (
    select(claim.c.id, claim.c.account_id, claim.c.community_id, claim.c.topic, claim.c.at)
    .where(among(claim.c.account_id, "accounts"))
    .order_by(claim.c.id)
)
_CONFIRMED = select(confirmed).where(among(confirmed.c.person_id, "people"))


class People:
    """Reads and writes people's own decisions within one transaction."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids
        # Buttons of an answer that was only read; they are written when the reading is over.
        self.promised: list[Promise] = []

    # ── Who may be named ─────────────────────────────────────────────────────────────────────

    def nameable(self, account_ids: Collection[int]) -> list[Account]:
        """Those of some accounts that may be named: active, no bots, not unlisted."""
        if not account_ids:
            return []
        found = self._connection.execute(_NAMEABLE, {"accounts": account_ids})
        return [_account(row) for row in found]

    def nameable_hiding(
        self, account_ids: Collection[int]
    ) -> dict[int, tuple[Account, set[tuple[str, str]]]]:
        """Like `nameable`, by number, each with what its person hid, as (kind, key) pairs."""
        found: dict[int, tuple[Account, set[tuple[str, str]]]] = {}
        for row in self._connection.execute(_NAMEABLE_HIDING, {"accounts": account_ids}):
            if row.id not in found:
                found[row.id] = _account(row), set()
            if row.kind is not None:
                found[row.id][1].add((row.kind, row.key))
        return found

    def hidden_by(self, person_ids: Collection[int]) -> dict[int, set[tuple[str, str]]]:
        """What each of some people hid, as (kind, key) pairs."""
        found: dict[int, set[tuple[str, str]]] = {}
        for row in self._connection.execute(_HIDDEN, {"people": person_ids}):
            found.setdefault(row.person_id, set()).add((row.kind, row.key))
        return found

    def hide(self, person_id: int, kind: str, key: str) -> None:
        """Keep a receipt or a topic of one's own out of every list."""
        row = {"person_id": person_id, "kind": kind, "key": key}
        into = upsert(self._connection, hidden).values(row)
        self._connection.execute(into.on_conflict_do_nothing())

    def show_all(self, person_id: int) -> int:
        """Undo all hiding; how many things came back."""
        query = delete(hidden).where(hidden.c.person_id == person_id)
        return self._connection.execute(query).rowcount

    def is_unlisted(self, person_id: int) -> bool:
        """Whether the person is in no list at all."""
        query = select(person.c.unlisted).where(person.c.id == person_id)
        return bool(self._connection.execute(query).scalar())

    def set_unlisted(self, person_id: int, *, unlisted: bool) -> None:
        """Take the person out of every list, or back in."""
        change = update(person).where(person.c.id == person_id).values(unlisted=unlisted)
        self._connection.execute(change)

    def confirm(self, person_id: int, key: str, topic: str) -> None:
        """The person agreed to be listed for a topic."""
        into = upsert(self._connection, confirmed).values(person_id=person_id, key=key, topic=topic)
        self._connection.execute(into.on_conflict_do_nothing())

    def confirmed_by(self, person_ids: Collection[int]) -> dict[int, set[str]]:
        """The keys of the topics that each of some people agreed to be listed for."""
        found: dict[int, set[str]] = {}
        for row in self._connection.execute(_CONFIRMED, {"people": person_ids}):
            found.setdefault(row.person_id, set()).add(row.key)
        return found

    # ── Claims ───────────────────────────────────────────────────────────────────────────────

    def claims_of(self, account_ids: Collection[int]) -> list[Claim]:
        """What somebody says they know, oldest first."""
        found = self._connection.execute(_CLAIMS_OF, {"accounts": account_ids})
        return [Claim(*row) for row in found]

    def add_claim(
        self,
        who: Account,
        community_id: int,
        topic: str,
        key: str,
        terms: Iterable[str],
        at: datetime,
    ) -> bool:
        """Somebody says they know a topic. Whether that is new."""
        number = self._ids.next()
        row = {
            "id": number,
            "community_id": community_id,
            "account_id": who.id,
            "topic": topic,
            "key": key,
            "at": at,
        }
        into = upsert(self._connection, claim).values(row).on_conflict_do_nothing()
        if self._connection.execute(into.returning(claim.c.id)).first() is None:
            return False
        rows = [{"term": term, "claim_id": number} for term in set(terms)]
        if rows:
            self._connection.execute(insert(claim_term), rows)
        return True

    def drop_claim(self, account_ids: Collection[int], key: str) -> bool:
        """Somebody takes a topic back, and their word that they be listed for it.

        Whether they had claimed it or agreed to that.
        """
        theirs = select(account.c.person_id).where(account.c.id.in_(account_ids))
        agreed = delete(confirmed).where(confirmed.c.person_id.in_(theirs), confirmed.c.key == key)
        claims = delete(claim).where(claim.c.account_id.in_(account_ids), claim.c.key == key)
        return sum(self._connection.execute(one).rowcount for one in (agreed, claims)) > 0

    # ── Buttons ──────────────────────────────────────────────────────────────────────────────

    def save_button(
        self,
        token: str,
        person_id: int | None,
        action: str,
        argument: Sequence[str],
        expires_at: datetime,
    ) -> None:
        """Remember what a button does and whose it is; only its token leaves the store.

        With no `person_id` it is for whoever sees it.
        """
        row = {
            "token": token,
            "person_id": person_id,
            "action": action,
            "argument": list(argument),
            "expires_at": expires_at,
        }
        self._connection.execute(insert(button), row)

    def keep_promises(self, promised: Iterable[Promise]) -> None:
        """Remember buttons that were handed out while only reading."""
        rows = [one._asdict() | {"argument": list(one.argument)} for one in promised]
        if rows:
            self._connection.execute(insert(button), rows)

    def button(self, token: str, person_id: int, at: datetime) -> tuple[str, list[str]] | None:
        """What a button does that this person may press, while it is valid."""
        may_press = or_(button.c.person_id == person_id, button.c.person_id.is_(None))
        query = select(button.c.action, button.c.argument).where(
            button.c.token == token, may_press, button.c.expires_at > at
        )
        row = self._connection.execute(query).first()
        return None if row is None else (row.action, list(row.argument))

    def drop_buttons(self, before: datetime) -> None:
        """Forget buttons that have expired."""
        self._connection.execute(delete(button).where(button.c.expires_at <= before))

    # ── Admins ───────────────────────────────────────────────────────────────────────────────

    def is_admin(self, community_id: int, account_ids: Collection[int]) -> bool:
        """Whether one of the accounts is an active admin of the community."""
        query = select(member.c.account_id).where(
            member.c.community_id == community_id,
            member.c.account_id.in_(account_ids),
            and_(member.c.active, member.c.role == Role.ADMIN.value),
        )
        return self._connection.execute(query).first() is not None


def _account(row: Row[Any]) -> Account:
    home = CommunityRef(Platform(row.platform), row.scope)
    ref = AccountRef(home, row.external_id)
    return Account(row.id, ref, row.person_id, row.name, row.is_bot, row.timezone)
