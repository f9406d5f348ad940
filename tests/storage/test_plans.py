"""How the databases find what is asked for often: never by reading a whole table that grows.

The statements are those that were really run. SQLite is asked for its plan as it is; PostgreSQL,
whose plans depend on how much there is, is forbidden to read tables from end to end, and to sort
what is then cut short, wherever it can do otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert

from bot.asking.model import Ask, AskState, Kind, Post, Question, Ring, State, Thanks
from bot.core import Bot
from bot.events import (
    AccountRef,
    AccountSeen,
    CommandUsed,
    CommunityRef,
    CommunitySeen,
    MessageDeleted,
    MessagePosted,
    PersonLookedUp,
    PlaceRef,
    PlaceSeen,
    Platform,
    ReactionChanged,
    Role,
    Visibility,
)
from bot.model import Account, Place
from bot.queues import Delivery, Destination
from storage import tables
from storage.room import StoreRoom
from storage.store import Store, Unit, open_store
from tests.databases import Databases, SqliteDatabases, SqliteTemplate

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOME = CommunityRef(Platform.SLACK, "T1")
AWAY = CommunityRef(Platform.SLACK, "T2")
HALL = PlaceRef(HOME, "hall")
ANA, BEA = AccountRef(HOME, "ana"), AccountRef(HOME, "bea")

MANY = 400

# What may be read from end to end: tables of a row for each place or community, lists that came
# with the statement, what the statement itself has found, and what one transaction has gathered.
SMALL = re.compile(r"place|community|meta|json_each|anon_\d+|temp\..*|\w+_change|CONSTANT")


@dataclass
class Chat:
    """A store in which something was said, and the statements it ran since the last look."""

    store: Store
    bot: Bot
    engine: Engine
    ran: dict[str, Any] = field(default_factory=dict)

    def ask(self, *questions: tuple[str, str]) -> None:
        """Let ana use commands."""
        for name, text in questions:
            assert self.bot.handle(CommandUsed(HALL, ANA, name, text, NOW)) is not None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Note every statement, with the first of its values."""

        def note(
            _connection: Connection, _cursor: Any, statement: str, values: Any, *more: Any
        ) -> None:
            many = more[-1]
            self.ran.setdefault(statement, values[0] if many else values)

        event.listen(self.engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            event.remove(self.engine, "before_cursor_execute", note)


def say(chat: Chat, ident: str, text: str, **more: Any) -> None:
    """Let ana post something."""
    chat.bot.handle(MessagePosted(HALL, ANA, ident, text, NOW, **more))


def whoknows(chat: Chat) -> None:
    chat.ask(
        ("whoknows", "bees thyme"),
        ("whoknows", "beas thymme"),
        ("whoknows", "which bees visit thyme on warm roofs and balconies?"),
    )


def links(chat: Chat) -> None:
    chat.ask(("links", "bees"), ("links", "thyme roofs"), ("links", ""))


def me(chat: Chat) -> None:
    chat.ask(("me", ""), ("iknow", ""), ("privacy", ""), ("export", ""))


def a_message(chat: Chat) -> None:
    say(chat, "new", "bees again: https://example.org/new")
    say(chat, "answer", "thyme again", thread="new")
    say(chat, "reply", "warm roofs", reply_to="answer")
    say(chat, "late", "bees before", reply_to="nothing-yet")
    say(chat, "new", "wasps, sorry", edited_at=NOW)
    chat.bot.handle(ReactionChanged(HALL, "new", BEA, "bee", added=True, at=NOW))
    chat.bot.handle(MessageDeleted(HALL, "reply", NOW))


def asking(chat: Chat) -> None:
    """Ask, link, join, look somebody up, and what the ladder looks up meanwhile."""
    chat.ask(("ask", "which bees visit thyme?"), ("asking", ""), ("stop", ""))
    chat.ask(("link", ""), ("link", "no-such-code"), ("link", "new"), ("accounts", "no-such-code"))
    chat.ask(("share", "on"), ("questions", "on"), ("accounts", "code"))
    chat.bot.handle(PersonLookedUp(HALL, ANA, BEA, NOW))
    with chat.store.write() as unit:
        other, hall = unit.directory.account(AccountRef(HOME, "u7")), unit.directory.place(HALL)
        assert other is not None
        assert hall is not None
        (question,) = unit.questions.of([other.id], 5)
        assert unit.asks.post_at(hall.id, ["p7"])
        assert unit.asks.of(question.id)
        assert unit.asks.waiting([other.id])
        assert unit.answers.untold([other.id], NOW)
        unit.answers.tell([other.id], NOW, NOW)
        unit.answers.at(hall.id, "a1")
        unit.questions.count_of([other.id], NOW)
        unit.questions.count_in(hall.community_id, NOW)
        unit.asks.lately([other.id], NOW)
        unit.manners.agreed([other.person_id], NOW)
        unit.manners.is_muted(other.person_id, Kind.ASK)
        unit.network.receiving(hall.community_id)
    chat.bot.tick(NOW)
    chat.bot.sweep(NOW)


def the_room(chat: Chat) -> None:
    room = StoreRoom(chat.store)
    assert room.recent(HALL, ANA, NOW, 20)
    assert room.around(HALL, "q3", ANA, NOW)


def the_queues(chat: Chat) -> None:
    lease = 5 * MINUTE
    with chat.store.queue() as unit:
        unit.inbox.take("e1", MessagePosted(HALL, ANA, "x", "x", NOW), NOW)
        unit.outbox.owe(Delivery("k", Destination(HOME, place="hall"), {}, NOW))
        assert [unit.inbox.done(one) for one in unit.inbox.claim(NOW, lease, 5)]
        claimed = unit.outbox.claim(Platform.SLACK, NOW, lease, 5)
        assert [unit.outbox.sent(one, "r") for one in claimed]
        unit.inbox.oldest_pending(NOW)
        unit.outbox.oldest_due(NOW)


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def chat(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: SqliteTemplate,
) -> Iterator[Chat]:
    """Questions and answers of two people, on SQLite and on PostgreSQL."""
    databases: Databases
    if request.param == "sqlite":
        databases = SqliteDatabases(tmp_path_factory.mktemp("plans"), sqlite_template)
    else:
        databases = request.getfixturevalue("postgres")
    with closing(open_store(databases.migrated())) as store:
        with store.read() as unit:
            engine = unit.connection.engine
        numbers = count()
        chat = Chat(store, Bot(store, lambda: f"token-{next(numbers)}"), engine)
        fill(chat)
        yield chat


def fill(chat: Chat) -> None:
    """Say as much as makes an index worth its while."""
    people = (AccountSeen(ANA, "ana", Role.ADMIN), AccountSeen(BEA, "bea"))
    chat.bot.take_in([CommunitySeen(HOME, "home"), CommunitySeen(AWAY, "away"), *people])
    chat.bot.take_in([PlaceSeen(HALL, "hall", Visibility.PUBLIC)])
    for number in range(200):
        at = NOW - timedelta(days=number + 1)
        asked = f"which bees visit thyme number {number}?"
        answer = f"on warm roofs and balconies: https://example.org/{number}"
        who, whom = (ANA, BEA) if number % 2 else (BEA, ANA)
        chat.bot.take_in(
            [
                MessagePosted(HALL, who, f"q{number}", asked, at),
                MessagePosted(HALL, whom, f"a{number}", answer, at + MINUTE, reply_to=f"q{number}"),
            ]
        )
    chat.ask(("iknow", "bees"))
    bystanders(chat)
    with chat.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")


def bystanders(chat: Chat) -> None:
    """Let many others know something and be owed something: the plan for a few rows tells nothing.

    What they are owed is due in a year.
    """
    names = [AccountRef(HOME, f"u{number}") for number in range(MANY)]
    chat.bot.take_in([AccountSeen(one, one.id) for one in names])
    chat.bot.take_in(
        [MessagePosted(HALL, one, f"s{one.id}", f"soup {one.id}", NOW) for one in names]
    )
    for one in names:
        chat.bot.handle(CommandUsed(HALL, one, "iknow", f"topic{one.id}", NOW))
    with chat.store.write() as unit:
        for number, one in enumerate(names):
            who, hall = unit.directory.account(one), unit.directory.place(HALL)
            assert who is not None
            assert hall is not None
            question = unit.questions.add(asked_by(who.id, hall), [f"topic{number}"])
            unit.asks.add(Ask(0, question.id, who.id, None, AskState.ASKED, NOW, f"a{number}"))
            unit.asks.add_post(Post(0, question.id, hall.id, None, f"p{number}", withdrawn=False))
            helped = Thanks(0, who.id, who.id, "answer", question.id, hall.id, "a1", NOW)
            unit.answers.thank(helped)
            unit.codes.missed(who.person_id, NOW)
            unit.codes.make(f"c{number}", "person", hall.community_id, who.person_id, NOW + MINUTE)
            if number % 8 == 0:
                keep_feeds(unit, number, who, hall)
    with chat.store.queue() as unit:
        for one in names:
            where = Destination(HOME, account=one.id)
            unit.outbox.owe(Delivery(f"k-{one.id}", where, {}, NOW + timedelta(days=365)))


def keep_feeds(unit: Unit, number: int, who: Account, hall: Place) -> None:
    """Let somebody have a feed, bring one, and keep a note."""
    whose = {"person_id": who.person_id, "account_id": who.id}
    shelf = PlaceSeen(PlaceRef(AWAY, f"shelf{number}"), "shelf", Visibility.SHELF)
    place = unit.directory.save_place(shelf)
    assert place is not None
    words = {"subject": "topic", "key": f"t{number}", "topic": "t", "token_hash": f"h{number}"}
    home = {"community_id": hall.community_id, "made_at": NOW}
    brought = {"place_id": place.id, "url": "u", "next_at": NOW, "failures": 0}
    note = {"place_id": place.id, "message": "n", "title": "t", "words": "w", "at": NOW}
    kept = {"id": number + 1, "account_id": who.id, "kept_by": who.id, "shown": True}
    connection = unit.connection
    connection.execute(insert(tables.feed), {"id": number + 1} | whose | words | home)
    connection.execute(insert(tables.brought), brought | whose)
    connection.execute(insert(tables.note), note | kept)


def asked_by(account_id: int, hall: Place) -> Question:
    """A question that stands in the hall."""
    return Question(
        id=0,
        community_id=hall.community_id,
        account_id=account_id,
        place_id=hall.id,
        thread=None,
        private=True,
        text="who keeps bees?",
        named=True,
        state=State.OPEN,
        stopped=False,
        asked_at=NOW,
        ring=Ring.PLACE,
        widens_at=None,
        reminds_at=None,
        looks_at=None,
        looked_at=NOW,
    )


VERBS = [whoknows, links, me, a_message, asking, the_room, the_queues]


@pytest.mark.parametrize("verb", VERBS)
def test_no_table_that_grows_is_read_from_end_to_end(
    chat: Chat, verb: Callable[[Chat], None]
) -> None:
    chat.ran.clear()
    with chat.listening():
        verb(chat)
    assert len(chat.ran) > 3
    found = on_sqlite if chat.store.backend == "sqlite" else on_postgres
    with chat.store.queue() as unit:
        slow = {
            ran: plan
            for ran, values in chat.ran.items()
            if (plan := found(unit.connection, ran, values))
        }
    assert not slow


def on_sqlite(connection: Connection, statement: str, values: Any) -> list[str]:
    """The plan of a statement, if it scans a table that grows; else nothing."""
    if not can_be_explained(statement):
        return []
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    plan = [str(row.detail) for row in rows]
    in_order = "LIMIT" in statement and "USE TEMP B-TREE FOR ORDER BY" not in plan
    for line in plan:
        scan = re.match(r"SCAN (\S+)( USING (COVERING )?INDEX)?", line)
        if scan and not SMALL.fullmatch(scan[1]) and not (scan[2] and in_order):
            return plan
    return []


def on_postgres(connection: Connection, statement: str, values: Any) -> list[str]:
    """The same for PostgreSQL."""
    if not can_be_explained(statement):
        return []
    # To sort what few rows were found is cheap; where there is a limit they could come in order.
    switches = {"seqscan": "off", "bitmapscan": "off", "sort": "on"}
    for way, switch in (switches | ({"sort": "off"} if "LIMIT" in statement else {})).items():
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = {switch}")
    # In so small a chat to read all costs next to nothing: let what is read count most, as in a
    # large one.
    connection.exec_driver_sql("SET LOCAL cpu_tuple_cost = 10")
    plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
    steps = list(steps_of(plan[0]["Plan"]))
    in_order = steps[0]["Node Type"] == "Limit" and all(s["Node Type"] != "Sort" for s in steps)
    return [
        f"{step['Node Type']} of {step.get('Relation Name') or step.get('Index Name')}"
        for step in steps
        if is_scan(step) and not (in_order and "Index" in step["Node Type"])
    ]


def can_be_explained(statement: str) -> bool:
    return statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))


def steps_of(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A step of a plan, and all under it."""
    yield step
    for under in step.get("Plans", ()):
        yield from steps_of(under)


def is_scan(step: dict[str, Any]) -> bool:
    """Whether a step reads all of a table that grows, or of an index of one."""
    kind, table = step["Node Type"], step.get("Relation Name", "")
    if kind == "Seq Scan":
        return not SMALL.fullmatch(table)
    is_index = kind in {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
    return is_index and "Index Cond" not in step and not SMALL.fullmatch(table)
