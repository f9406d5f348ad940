"""What asking works with: one transaction, one moment, the rules; and how it owes and offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.asking.hours import awake, zone_of
from bot.asking.model import MUTABLE, Kind, Manners, Rules
from bot.conversations import Limits
from bot.events import Visibility
from bot.model import Audience
from bot.queues import Delivery, DeliveryState, Destination, Json, key_of
from bot.replies import Button

if TYPE_CHECKING:
    from datetime import tzinfo

    from bot.asking.model import Question
    from bot.model import Account, Community, Place
    from bot.ports import Unit


def key(kind: Kind, *parts: object) -> str:
    """The key of what is owed once: to one ask, post or answer."""
    return key_of(kind.value, *parts)


def number(delivery: Delivery, name: str) -> int:
    """A number that a delivery's payload holds."""
    return int(str(delivery.payload[name]))


# A question never closes by itself, and neither do its buttons.
BUTTONS_LAST = timedelta(days=3_650)
MOST_EDITS = 200


@dataclass(frozen=True, slots=True)
class Scene:
    """One transaction at one moment.

    `new_token` makes the opaque ids of buttons; `limits` say where conversations are cut.
    """

    unit: Unit
    at: datetime
    new_token: Callable[[], str]
    rules: Rules
    limits: Limits

    # ── Looking things up ────────────────────────────────────────────────────────────────────

    def asker(self, question: Question) -> Account | None:
        """Who asked, while they are there."""
        return self.unit.directory.met(question.account_id, question.community_id)

    def home(self, question: Question) -> Community:
        """The community in which it was asked."""
        home = self.unit.directory.community_by_id(question.community_id)
        assert home is not None, "a question goes with its community"
        return home

    def someone(self, account_id: int, question: Question) -> Account | None:
        """An account as it is met in the question's community, else wherever it is."""
        here = self.unit.directory.met(account_id, question.community_id)
        return here or self.unit.directory.met(account_id)

    def audience(self, question: Question) -> Audience | None:
        """What its asker may see now."""
        asker = self.asker(question)
        if asker is None:
            return None
        mine = self.unit.directory.accounts_of(asker.person_id)
        return Audience(self.at, question.community_id, mine)

    def may_follow(self, who: Account, where: Place) -> bool:
        """Whether what is said in a place to somebody may come to them: not once they left it."""
        if where.visibility is Visibility.PUBLIC:
            return True
        mine = self.unit.directory.accounts_of(who.person_id)
        return not self.unit.directory.has_left(where.id, mine)

    def reaches(self, question: Question, community_id: int) -> bool:
        """Whether a question may be told in a community: its own, or one it is linked with."""
        home = question.community_id
        return community_id == home or self.unit.network.are_allied(community_id, home)

    def zone(self, who: Account, manners: Manners) -> tzinfo:
        """Somebody's time zone: as they said, else as their platform says."""
        return zone_of(manners.timezone or who.timezone)

    def may_write_to(self, who: Account, kind: Kind) -> bool:
        """Whether somebody turned to Grapevine themselves before and wants this kind of message."""
        manners = self.unit.manners.of(who.person_id)
        if manners.met_at is None:
            return False
        return kind not in MUTABLE or not self.unit.manners.is_muted(who.person_id, kind)

    # ── Owing ────────────────────────────────────────────────────────────────────────────────

    def owe_person(
        self,
        kind: Kind,
        who: Account,
        payload: dict[str, Json],
        *parts: object,
        due_at: datetime | None = None,
        about_id: int | None = None,
    ) -> str | None:
        """Owe somebody a direct message; its key, or None where they may not be written to."""
        if not self.may_write_to(who, kind):
            return None
        to = Destination(who.ref.community, account=who.ref.id)
        if kind in MUTABLE:
            # What is put off only in the moment of sending would hold up all that comes after it.
            manners = self.unit.manners.of(who.person_id)
            due_at = awake(manners, self.zone(who, manners), due_at or self.at)
        return self._owe(kind, to, payload, parts, due_at, None, who.person_id, about_id)

    def owe_place(
        self,
        kind: Kind,
        where: Place,
        payload: dict[str, Json],
        *parts: object,
        thread: str | None = None,
        edits: str | None = None,
        about_id: int | None = None,
    ) -> str:
        """Owe a place a message; its key."""
        to = Destination(where.ref.community, place=where.ref.id, thread=thread)
        return self._owe(kind, to, payload, parts, None, edits, None, about_id)

    def owe_edit(
        self, kind: Kind, payload: dict[str, Json], what: int | str, original: str | None = None
    ) -> str | None:
        """Owe an edit of what was brought about `what`; its key, or None where nothing was owed.

        It goes where the original went, whoever has left since: what stands there was theirs to
        read, and how it reads now is decided when it is sent. `original`: the key of that, if it
        is not the plain one.
        """
        original = original or key(kind, what)
        brought = self.unit.outbox.find(original)
        if brought is None or brought.destination is None:
            return None
        parts, to = self._again(kind, what), brought.destination
        return self._owe(kind, to, payload, parts, None, original, brought.person_id, None)

    def _owe(
        self,
        kind: Kind,
        to: Destination,
        payload: dict[str, Json],
        parts: tuple[object, ...],
        due_at: datetime | None,
        edits: str | None,
        person_id: int | None,
        about_id: int | None,
    ) -> str:
        name = key(kind, *parts)
        whole: dict[str, Json] = {"kind": kind.value, **payload}
        if edits is not None:
            whole["edits"] = edits
            record = self.unit.outbox.find(edits)
            if record is not None and record.sent_ref:
                whole["ref"] = record.sent_ref  # the record may be gone by then
        due = max(due_at or self.at, self.at)
        self.unit.outbox.owe(Delivery(name, to, whole, due, person_id, about_id))
        return name

    def _again(self, kind: Kind, what: int | str) -> tuple[object, ...]:
        """What an edit is owed by: one that waits already says everything when it is sent."""
        for count in range(MOST_EDITS):
            parts = (what, "again", count)
            record = self.unit.outbox.find(key(kind, *parts))
            if record is None or record.state is DeliveryState.PENDING:
                return parts
        return (what, "again", self.at)

    # ── Offering ─────────────────────────────────────────────────────────────────────────────

    def button(
        self, label: str, who: int | None, action: str, *argument: object, danger: bool = False
    ) -> Button:
        """A button for one person, or (None) for whoever sees it."""
        token = self.new_token()
        words = [str(one) for one in argument]
        self.unit.people.save_button(token, who, action, words, self.at + BUTTONS_LAST)
        return Button(label, token, danger)
