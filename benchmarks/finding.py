"""What is found for questions while a community's past is replayed, in both directions of time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from benchmarks.community import Stream, messages_of
from benchmarks.listening import Listener
from bot.asking.model import Question as Open
from bot.asking.model import Ring, State
from bot.deliveries import Ref
from bot.features import lookback
from bot.features.capture import tidy
from bot.model import Audience
from bot.replies import Reply, Section, plain
from bot.requests import Request
from bot.text import words
from bot.wording import ASKED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.community import Community, Question
    from bot.model import Account, Place
    from bot.ports import Store, Unit
    from bot.queues import Claimed
    from bot.room import Heard

DAY, YEAR = timedelta(days=1), timedelta(days=365)
NOON = 12
LEASE = timedelta(minutes=5)
AT_ONCE = 100
READ = 1_500  # characters of what stands around a find


@dataclass(frozen=True, slots=True)
class Find:
    """Something that was found for a question: as the asker reads it, and what stands around it."""

    question: Question
    kind: str
    at: datetime
    reads: str
    around: str

    def __str__(self) -> str:
        asked = f"{self.question.at:%Y-%m-%d} #{self.question.place.id} {self.question.asker.id}"
        return (
            f"{asked}: {self.question.text[:READ]}\n\n"
            f"▶ {self.at:%Y-%m-%d} {self.kind}: {self.reads}\n\n{self.around[:READ]}"
        )


class _Replay:
    """A community heard up to one moment after another, and its members as they ask."""

    def __init__(self, store: Store, community: Community) -> None:
        self.store = store
        self.home = community.ref
        self.listener = Listener(store)
        self.stream = Stream(community.groups())

    def hear_until(self, at: datetime) -> int:
        """Hear what came before a moment; how many messages that was."""
        events = self.stream.before(at)
        self.listener.hear(events)
        return sum(1 for _ in messages_of(events))

    @staticmethod
    def whose(unit: Unit, question: Question) -> tuple[Account, Place]:
        """Who asks and where."""
        asker, place = unit.directory.account(question.asker), unit.directory.place(question.place)
        assert asker is not None
        assert place is not None
        return asker, place


def _as_asked(question: Question) -> str:
    """A question's text as `ask` takes it."""
    return tidy(" ".join(question.text.split()))[:ASKED].strip()


def _around(heard: Sequence[Heard]) -> str:
    return "\n".join(f"  {one.author}: {' '.join(one.text.split())}" for one in heard)


class LookingBack(_Replay):
    """What `ask` shows at once."""

    def follow(self, asked: Sequence[Question]) -> tuple[list[Find], float]:
        """Everything shown for the questions, which are in order of time; no years go by."""
        finds: list[Find] = []
        for question in asked:
            self.hear_until(question.at)
            self.listener.meet(question)
            finds += self._shown(question)
        return finds, 0.0

    def _shown(self, question: Question) -> list[Find]:
        with self.store.read() as unit:
            request = self._request(unit, question)
            return [
                Find(
                    question,
                    one.kind,
                    question.at,
                    plain(Reply((Section(lines=(one.line,)),))),
                    _around(unit.evidence.around(one.place_id, one.message, request.own)),
                )
                for one in lookback.find(request, _as_asked(question))
            ]

    def _request(self, unit: Unit, question: Question) -> Request:
        asker, place = self.whose(unit, question)
        home = unit.directory.community(self.home)
        assert home is not None
        mine = unit.directory.accounts_of(asker.person_id)
        return Request(
            unit,
            home,
            place,
            asker,
            mine,
            private=True,
            at=question.at,
            new_token=lambda: "",
        )


class RightOnTime(_Replay):
    """What is offered to the askers while their questions stay open."""

    def __init__(self, store: Store, community: Community) -> None:
        super().__init__(store, community)
        self._open: dict[int, Question] = {}
        self._finds: list[Find] = []

    def follow(self, asked: Sequence[Question]) -> tuple[list[Find], float]:
        """Everything offered for the questions, which are in order of time, and their years."""
        waiting = list(reversed(asked))
        noon = asked[0].at.replace(hour=NOON, minute=0, second=0, microsecond=0)
        days = 0
        while waiting or (self._open and not self.stream.is_over):
            noon += DAY
            while waiting and waiting[-1].at < noon:
                self._ask(waiting.pop())
            self.hear_until(noon)
            self._close(noon)
            days += len(self._open)
            self._tick(noon)
        return self._finds, days * DAY / YEAR

    def _ask(self, question: Question) -> None:
        """The question stands open in its place, and nobody answers there."""
        self.hear_until(question.at)
        self.listener.meet(question)
        text = _as_asked(question)
        with self.store.write() as unit:
            asker, place = self.whose(unit, question)
            unit.manners.meet(asker.person_id, question.at)
            asked = Open(
                id=0,
                community_id=place.community_id,
                account_id=asker.id,
                place_id=place.id,
                thread=question.thread,
                private=False,
                text=text,
                named=True,
                state=State.OPEN,
                stopped=False,
                asked_at=question.at,
                ring=Ring.NETWORK,
                widens_at=None,
                reminds_at=None,
                looks_at=question.at + DAY,
                looked_at=question.at,
            )
            self._open[unit.questions.add(asked, words.terms(text)).id] = question

    def _close(self, at: datetime) -> None:
        """A question is followed for a year."""
        for number in [n for n, one in self._open.items() if one.at + YEAR < at]:
            del self._open[number]
            with self.store.write() as unit:
                question = unit.questions.find(number)
                assert question is not None
                unit.questions.save(replace(question, state=State.CLOSED, looks_at=None))

    def _tick(self, at: datetime) -> None:
        """Let happen what is due, and take what it leads to from the outbox."""
        while self.listener.bot.tick(at):
            pass
        while True:
            with self.store.queue() as unit:
                claimed = unit.outbox.claim(self.home.platform, at, LEASE, AT_ONCE)
            if not claimed:
                return
            for one in claimed:
                self._deliver(one, at)

    def _deliver(self, claimed: Claimed, at: datetime) -> None:
        bot = self.listener.bot
        parcel = bot.compose(claimed, at)
        if parcel is None:
            return
        bot.arrived(claimed, Ref("dm", claimed.delivery.key), at)
        payload = claimed.delivery.payload
        question = self._open[int(str(payload["question"]))]
        kind, key = str(payload["found"]), int(str(payload["key"]))
        with self.store.read() as unit:
            around = self._found(unit, question, kind, key, at)
        stands_in = {one.thread for one in around if one.place == question.place}
        if question.thread is None or question.thread not in stands_in:
            reads = plain(Reply(parcel.reply.sections))
            self._finds.append(Find(question, kind, at, reads, _around(around)))

    def _found(
        self, unit: Unit, question: Question, kind: str, key: int, at: datetime
    ) -> list[Heard]:
        """The conversation in which a find stands; none about a claim."""
        asker, place = self.whose(unit, question)
        audience = Audience(at, place.community_id, (asker.id,))
        if kind == "conversation":
            spots = [
                (one.place, one.external_id) for one in unit.evidence.said([key], None, audience)
            ]
        elif kind == "share":
            spots = [(one.place, one.message) for one in unit.evidence.shares([key], audience)]
        else:
            spots = []
        for ref, message in spots[:1]:
            where = unit.directory.place(ref)
            return [] if where is None else unit.evidence.around(where.id, message, audience)
        return []
