"""The intake: stored before it is acknowledged, handled once, answered whatever happens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.service.intake import Intake, IntakeHabits
from adapters.service.threads import Threads
from bot.core import SORRY
from bot.errors import NotFound, StoreError
from bot.events import (
    AccountRef,
    AccountSeen,
    CommandUsed,
    CommunitySeen,
    Event,
    MessagePosted,
    PlaceSeen,
    Visibility,
)
from bot.queues import MOST_ATTEMPTS, EventState, Overtaken, Stored
from bot.replies import Reply, plain
from storage.store import Store, open_store
from tests.platforms.lives import PLACE
from tests.platforms.office import now
from tests.platforms.small_core import HOME, START, SmallCore

ANA, BEA = AccountRef(HOME, "U1"), AccountRef(HOME, "U2")
SETTING: list[Event] = [
    CommunitySeen(HOME, "Home"),
    PlaceSeen(PLACE, "garden", Visibility.PUBLIC),
    AccountSeen(ANA, "Ana"),
    AccountSeen(BEA, "Bea"),
]
# Patient, so that no slow machine answers from less than what was said before.
HASTY = IntakeHabits(
    lease=timedelta(seconds=5), poll=timedelta(seconds=0.02), patience=timedelta(seconds=20)
)
POSTED = MessagePosted(PLACE, ANA, "1.1", "Sourdough: https://example.org/rest", START)
LINKS = CommandUsed(PLACE, BEA, "links", "sourdough", START)
KNOW = CommandUsed(PLACE, BEA, "iknow", "beekeeping", START)


@dataclass
class MoodyCore(SmallCore):
    """A core that fails at what `trouble` says, by the message or command's text."""

    trouble: dict[str, Exception] = field(default_factory=dict)
    # While this is not set, nothing that was said is taken in.
    is_awake: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.is_awake.set()

    def handle_stored(self, stored: Stored) -> Reply | None:
        self._stumble([stored])
        return super().handle_stored(stored)

    def take_in_stored(self, several: Sequence[Stored]) -> None:
        assert self.is_awake.wait(20)
        self._stumble(several)
        super().take_in_stored(several)

    def _stumble(self, several: Sequence[Stored]) -> None:
        for stored in several:
            error = self.trouble.get(getattr(stored.event, "text", ""))
            if error is not None:
                raise error


@dataclass
class Porch:
    """An intake over a store, and what happens there within one event loop."""

    store: Store
    core: MoodyCore
    intake: Intake

    def let(self, happen: Callable[[Intake], Coroutine[Any, Any, None]]) -> None:
        """Run something while the pump runs, and then let the pump finish."""

        async def run() -> None:
            working = asyncio.create_task(self.intake.run())
            async with asyncio.timeout(20):
                await happen(self.intake)
                while self.waiting():  # noqa: ASYNC110 - the pump works in threads
                    await asyncio.sleep(0.01)
            self.intake.stop()
            await working

        asyncio.run(run())

    def waiting(self) -> int:
        counts = self.counts()
        return counts["pending"] + counts["working"]

    def counts(self) -> dict[str, int]:
        with self.store.read() as unit:
            return {state.value: number for state, number in unit.inbox.counts().items()}

    def knows(self, *names: str) -> bool:
        with self.store.read() as unit:
            place = unit.directory.place(PLACE)
            assert place is not None
            return all(unit.archive.find(place.id, name) is not None for name in names)


@pytest.fixture
def porch(migrated_url: str) -> Iterator[Porch]:
    store = open_store(migrated_url)
    core = MoodyCore(store)
    core.take_in(SETTING)
    writer = Threads("writer")
    intake = Intake(store, core, writer, now, HASTY)
    yield Porch(store, core, intake)
    writer.close()
    intake.close()
    store.close()


def test_what_is_said_is_stored_at_once_and_taken_in_soon(porch: Porch) -> None:
    async def happen(intake: Intake) -> None:
        assert await intake.take("Ev1", POSTED) is None

    porch.let(happen)
    assert porch.knows("1.1")
    assert porch.counts()["done"] == 1


def test_a_request_is_answered_once_from_what_was_said_before(porch: Porch) -> None:
    said: list[str] = []

    async def happen(intake: Intake) -> None:
        await intake.take("Ev1", POSTED)
        stored = await intake.take("Ev2", LINKS)
        assert stored is not None
        reply = await intake.answer(stored)
        assert reply is not None
        said.append(plain(reply))
        assert await intake.take("Ev2", LINKS) is None

    porch.let(happen)
    assert "Ana" in said[0]
    assert porch.counts()["done"] == 2


def test_nobody_waits_long_for_what_was_said_before(porch: Porch) -> None:
    said: list[str] = []
    porch.intake.habits = replace(HASTY, patience=timedelta(seconds=0.05))
    porch.core.is_awake.clear()

    async def happen(intake: Intake) -> None:
        came = await asyncio.gather(intake.take("Ev1", POSTED), intake.take("Ev2", LINKS))
        stored = came[1]
        assert stored is not None
        reply = await intake.answer(stored)
        assert reply is not None
        said.append(plain(reply))
        porch.core.is_awake.set()

    porch.let(happen)
    assert "Ana" not in said[0]
    assert porch.knows("1.1")


def test_the_same_event_under_several_ids_is_stored_once(porch: Porch) -> None:
    async def happen(intake: Intake) -> None:
        await asyncio.gather(*(intake.take(f"Ev{number}", POSTED) for number in range(11)))

    porch.let(happen)
    assert sum(porch.counts().values()) == 1


def test_many_at_once_are_all_stored(porch: Porch) -> None:
    async def happen(intake: Intake) -> None:
        said = [replace(POSTED, id=f"m{number}") for number in range(300)]
        await asyncio.gather(*(intake.take(f"Ev{one.id}", one) for one in said))

    porch.let(happen)
    assert porch.knows(*(f"m{number}" for number in range(300)))


def test_one_that_cannot_be_stored_stops_none_that_came_with_it(porch: Porch) -> None:
    """No id of an event is that long; the database refuses it where it measures (PostgreSQL)."""
    broken = replace(POSTED, id="m2", at=None)  # type: ignore[arg-type]

    async def happen(intake: Intake) -> None:
        good = replace(POSTED, id="m1")
        came = await asyncio.gather(
            intake.take("Ev1", good), intake.take("Ev2", broken), return_exceptions=True
        )
        assert came[0] is None

    porch.let(happen)
    assert porch.knows("m1")


def test_a_poisonous_message_is_tried_again_later_and_stops_nobody(
    porch: Porch, caplog: pytest.LogCaptureFixture
) -> None:
    porch.core.trouble["poison"] = ValueError("boo")

    async def happen(intake: Intake) -> None:
        said = [replace(POSTED, id=f"m{number}") for number in range(20)]
        said[7] = replace(said[7], text="poison")
        await asyncio.gather(*(intake.take(f"Ev{one.id}", one) for one in said))
        while porch.counts()["done"] < 19:  # noqa: ASYNC110 - the pump works in threads
            await asyncio.sleep(0.01)
        del porch.core.trouble["poison"]
        porch.intake.now = lambda: now() + timedelta(minutes=1)

    porch.let(happen)
    assert porch.knows(*(f"m{number}" for number in range(20)))
    assert "incident" in caplog.text


def test_what_fails_five_times_is_held_for_a_person(porch: Porch) -> None:
    porch.core.trouble["poison"] = ValueError("boo")
    hours = iter(range(1_000_000))
    porch.intake.now = lambda: now() + timedelta(hours=next(hours))

    async def happen(intake: Intake) -> None:
        await intake.take("Ev1", replace(POSTED, text="poison"))

    porch.let(happen)
    assert porch.counts()["held"] == 1
    with porch.store.write() as unit:
        unit.inbox.release()
        (stored,) = unit.inbox.claim(now(), timedelta(minutes=1), 5)
    assert stored.attempt == 1 < MOST_ATTEMPTS


@pytest.mark.parametrize(
    "error", [ValueError("secret detail"), StoreError("The store db on host is busy.")]
)
def test_whoever_asks_when_something_breaks_gets_an_apology_and_nothing_else(
    porch: Porch, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    porch.core.trouble["beekeeping"] = error
    said: list[str] = []

    async def happen(intake: Intake) -> None:
        stored = await intake.take("Ev1", KNOW)
        assert stored is not None
        reply = await intake.answer(stored)
        assert reply is not None
        said.append(plain(reply))

    porch.let(happen)
    assert said[0].startswith(SORRY)
    incident = said[0].partition("incident ")[2].rstrip(")")
    assert incident in caplog.text
    assert str(error) not in said[0]
    assert porch.counts()["held"] == 1, "it is not done a second time when they ask again"


def test_an_expected_trouble_is_said_in_its_own_sentence(porch: Porch) -> None:
    porch.core.trouble["beekeeping"] = NotFound("There is no such hive.")
    said: list[str] = []

    async def happen(intake: Intake) -> None:
        stored = await intake.take("Ev1", KNOW)
        assert stored is not None
        said.append(plain(await intake.answer(stored) or Reply(())))

    porch.let(happen)
    assert said == ["There is no such hive."]
    assert porch.counts()["done"] == 1


def test_whoever_lost_an_event_to_another_process_says_nothing(porch: Porch) -> None:
    porch.core.trouble["beekeeping"] = Overtaken()

    async def happen(intake: Intake) -> None:
        stored = await intake.take("Ev1", KNOW)
        assert stored is not None
        assert await intake.answer(stored) is None
        del porch.core.trouble["beekeeping"]
        assert await intake.answer(stored) is not None

    porch.let(happen)


def test_what_a_process_that_died_had_not_answered_is_answered_late(porch: Porch) -> None:
    told: list[tuple[Stored, str]] = []

    async def tell(stored: Stored, reply: Reply) -> None:
        told.append((stored, plain(reply)))

    porch.intake.habits = replace(HASTY, lease=timedelta(0))

    async def happen(intake: Intake) -> None:
        intake.tell_late(HOME.platform, tell)
        assert await intake.take("Ev1", KNOW) is not None  # and nobody answers it
        while not told:  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.01)

    porch.let(happen)
    ((stored, words),) = told
    assert stored.event == KNOW
    assert "beekeeping" in words


def test_what_a_person_did_waits_under_their_hash_so_that_forgetting_finds_it(
    porch: Porch,
) -> None:
    with porch.store.write() as unit:
        hashed = unit.directory.hash_of(ANA)

    async def store() -> None:
        await porch.intake.take("Ev1", POSTED)

    asyncio.run(store())
    with porch.store.read() as unit:
        rows = unit.connection.exec_driver_sql("SELECT account_hash FROM inbox").all()
    assert [row[0] for row in rows] == [hashed]


def test_whatever_was_handled_wakes_the_couriers_for_it_may_owe_something(porch: Porch) -> None:
    woken: list[str] = []

    async def happen(intake: Intake) -> None:
        stored = await intake.take("Ev1", KNOW)
        assert stored is not None
        porch.intake.wake = lambda: woken.append("by an answer")
        await intake.answer(stored)
        porch.intake.wake = lambda: woken.append("by the pump")
        await intake.take("Ev2", POSTED)

    porch.let(happen)
    assert woken == ["by an answer", "by the pump"]


def test_history_is_taken_in_past_the_inbox(porch: Porch) -> None:
    async def happen(intake: Intake) -> None:
        said = [replace(POSTED, id=f"m{number}") for number in range(50)]
        assert await intake.take_in(said) == 50

    porch.let(happen)
    assert porch.counts()[EventState.DONE] == 0
    assert porch.knows("m0", "m49")
