"""`forget-me`: the person is in no table, no file and no log; all others' talk stays right."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from adapters.console import Delivered, Mail
from bot.asking.model import Kind, Note, Rules
from bot.core import FORGOTTEN, Bot
from bot.digest.model import Follow
from bot.events import (
    AccountRef,
    AccountSeen,
    ButtonPressed,
    CommunityLeft,
    Event,
    FormSubmitted,
    LinkSaved,
    MembersSeen,
    MessagePosted,
    PlaceRef,
)
from bot.replies import Reply, plain
from storage import tables
from storage.forgotten import Forgotten
from storage.removal import DERIVED, EMPTIED, KEPT, PERSONAL
from storage.store import Store, open_store
from tests.capture.picture import expected, kept
from tests.capture.world import hurry, minute
from tests.databases import Databases
from tests.forgetting.company import (
    CANARIES,
    HALL,
    HERE,
    NOW,
    OTHERS,
    OUTSIDE,
    PLACES,
    SHED,
    SQUARE,
    THERE,
    WILHELMINA,
    command,
    is_hers,
    owed,
    posted,
    said,
    setting,
    talk,
    token_of,
    who,
)
from tests.forgetting.traces import dump, holding, left_in, personal

_SENT = count(1)
KEYS = PERSONAL | EMPTIED | dict.fromkeys(DERIVED, "account")
RULES = Rules(feeds_url="https://feeds.example.org", brings_feeds=True)


@dataclass(frozen=True)
class Company:
    """Everybody over one store, and by which keys Wilhelmina stands in it."""

    url: str
    store: Store
    bot: Bot
    keys: dict[str, list[object]]
    sent: list[Delivered] = field(default_factory=list)

    def answer(self, event: Event) -> Reply:
        reply = self.bot.handle(event)
        assert reply is not None
        return reply

    def press(self, by: str, reply: Reply, label: str) -> Reply:
        return self.answer(ButtonPressed(SQUARE, who(by), token_of(reply, label), NOW))

    def fill(self, by: str, reply: Reply, text: str) -> Reply:
        """Send the form that a reply opens, with one text in it."""
        assert reply.form is not None
        fields = ((reply.form.fields[0].name, text),)
        return self.answer(FormSubmitted(SQUARE, who(by), reply.form.token, fields, NOW))

    def ask(self, by: str, question: str) -> None:
        self.press(by, self.answer(command(by, "ask", question)), "Ask the network")

    def came(self, question: str, to: str) -> Reply:
        """What Grapevine sent to a person, or a place, last that holds some words."""
        mail = Mail(self.store, self.bot, lambda: NOW, lambda: f"sent-{next(_SENT)}")
        self.sent.extend(mail.collect(HERE))
        theirs = [one.reply for one in self.sent if one.place.id in {to, f"dm-{to}"}]
        return [one for one in theirs if question in plain(one)][-1]

    def forget_her(self) -> Reply:
        return self.press(WILHELMINA, self.answer(command(WILHELMINA, "forget-me")), "Forget me")

    def standing_in(self) -> set[tuple[str, str]]:
        """The columns in which she stands by one of her keys."""
        with self.store.read() as unit:
            return {
                name
                for name, kind in KEYS.items()
                if holding(unit.connection, [name], self.keys[kind])
            }


@pytest.fixture
def company(migrated_url: str) -> Iterator[Company]:
    """Everybody, on each kind of database."""
    yield from gather(migrated_url)


@pytest.fixture
def small_company(sqlite_url: str) -> Iterator[Company]:
    """Everybody, where the kind of database does not matter."""
    yield from gather(sqlite_url)


def gather(url: str) -> Iterator[Company]:
    store = open_store(url)
    hurry(store)
    numbers = count(1)
    bot = Bot(store, lambda: f"token-{next(numbers)}", rules=RULES)
    take_in(bot, [*setting(), *talk()])
    with store.read() as unit:
        account = unit.directory.account(who())
        assert account is not None
    with store.write() as unit:
        hashed = Forgotten(unit.connection).hash_of(who())
    keys: dict[str, list[object]] = {
        "account": [account.id],
        "person": [account.person_id],
        "hash": [hashed],
    }
    company = Company(url, store, bot, keys)
    decide(company)
    yield company
    store.close()


def take_in(bot: Bot, events: list[Event]) -> None:
    """As from a history: all at once, but for what somebody did on purpose."""
    bot.take_in([event for event in events if not isinstance(event, LinkSaved)])
    for event in events:
        if isinstance(event, LinkSaved):
            bot.handle(event)


def decide(company: Company) -> None:
    """Let her claim, hide and link things; owe her something; have something of her wait."""
    her, other = WILHELMINA, OTHERS[0]
    company.answer(command(her, "iknow", "gobbledygook, quokkology"))
    company.press(her, company.answer(command(her, "me")), "Hide")
    company.answer(command(her, "feed", "gobbledygook"))
    company.answer(command(her, "bring", "https://zqlink.example/feed"))
    agree(company, (her, SQUARE), (other, HALL))
    agree(company, (other, OUTSIDE), (her, SQUARE))
    company.answer(command(her, "share", "on"))
    company.answer(command(other, "share", "on", SHED))
    ask_and_answer(company)
    company.answer(command(her, "link", "new"))
    company.answer(command(her, "link", "no-such-code"))
    (person_id,) = company.keys["person"]
    (hashed,) = company.keys["hash"]
    assert isinstance(person_id, int)
    assert isinstance(hashed, str)
    with company.store.write() as unit:
        unit.manners.mute(person_id, Kind.REMINDER)
        unit.digests.follow(person_id, Follow("zqasked", "zqasked"), NOW)
        unit.digests.less_of(person_id, "topic", "zqasked", NOW)
        assert unit.digests.claim_day(person_id, "2026-05-04")
        assert unit.outbox.owe(owed("to her", person_id, None))
        assert unit.outbox.owe(owed("about her", None, person_id))
        waiting: MessagePosted = said(her, "99", "snollygoster waits", 900)
        square = unit.directory.place(SQUARE)
        assert square is not None
        ((mine,), at) = company.keys["account"], minute(900)
        assert isinstance(mine, int)
        unit.wishes.names("note", square.id, [person_id])
        unit.notes.add(Note(0, None, mine, mine, square.id, "n1", "t", "kwyjibo", at, shown=False))
        unit.inbox.take("Ev1", waiting, minute(900), account_hash=hashed)


def agree(company: Company, offers: tuple[str, PlaceRef], accepts: tuple[str, PlaceRef]) -> None:
    """Let two admins, each in their place, link their communities."""
    told = plain(company.answer(command(offers[0], "link", "new", offers[1])))
    code = told.partition("“link ")[2].partition("”")[0]
    assert "Linked" in plain(company.answer(command(accepts[0], "link", code, accepts[1])))


def ask_and_answer(company: Company) -> None:
    """She asks, is asked, answers, passes on, thanks and is thanked."""
    her, (one, two, three) = WILHELMINA, OTHERS
    for by in (her, two, three):
        company.answer(command(by, "asking", "on"))
    company.ask(her, "where is the zqasked mill for flour?")
    mill = company.came("zqasked", SQUARE.id)
    company.fill(two, company.press(two, mill, "Answer"), "by the river")
    company.press(her, company.came("by the river", her), "That helped")
    company.ask(one, "who has a tall ladder for the loft?")
    asked = company.came("tall ladder", her)
    company.fill(her, company.press(her, asked, "I know who would"), "Neighbour 3")
    company.fill(her, company.press(her, asked, "Answer"), "zqanswered, with patience")
    company.press(one, company.came("zqanswered", one), "That helped")


def test_she_stands_in_every_column_that_is_declared(company: Company) -> None:
    """Else the other tests here would prove nothing about the missing one."""
    assert company.standing_in() == set(KEYS)
    found = dump(company.store).casefold()
    gone_before = {"Wilhelmina Quackenbush", "Wilhelmina", "flumphered", "xanthoid"}
    assert {word for word in CANARIES if word.casefold() not in found} <= gone_before


def test_once_forgotten_she_stands_in_no_column(company: Company) -> None:
    company.forget_her()
    assert company.standing_in() == set()
    with company.store.read() as unit:
        names = personal(tables.metadata) - KEPT
        keys = company.keys["account"] + company.keys["person"]
        numbers = {name for name in names if not name[1].endswith("hash")}
        assert holding(unit.connection, numbers, keys) == set()
        assert unit.removal.traces(int(str(keys[1])), [int(str(keys[0]))]) == 0


def test_once_forgotten_nothing_of_hers_is_left_in_rows_or_bytes(company: Company) -> None:
    company.forget_her()
    assert left_in(company.url, company.store, CANARIES) == set()


def test_only_a_keyed_hash_of_her_account_stays(small_company: Company) -> None:
    small_company.forget_her()
    with small_company.store.read() as unit:
        rows = [tuple(row) for row in unit.connection.execute(select(tables.forgotten))]
    assert rows == [tuple(small_company.keys["hash"])]


def test_all_that_others_said_stays_as_if_she_had_never_been_there(company: Company) -> None:
    company.forget_her()
    theirs = posted([event for event in talk() if not is_hers(event)])
    for place in PLACES:
        assert kept(company.store, place) == expected(theirs, place, company.bot.limits)


def test_a_store_she_never_was_in_holds_the_same(company: Company, databases: Databases) -> None:
    company.forget_her()
    never = open_store(databases.migrated())
    bot = Bot(never, lambda: "token")
    take_in(bot, [event for event in [*setting(), *talk()] if not is_hers(event)])
    for place in PLACES:
        assert kept(company.store, place) == kept(never, place)
    never.close()


def test_others_reactions_on_others_messages_stay(small_company: Company) -> None:
    small_company.forget_her()
    with small_company.store.read() as unit:
        rows = unit.connection.execute(select(tables.reaction.c.message, tables.reaction.c.emoji))
        assert [tuple(row) for row in rows] == [("1", "sun")]


def test_what_she_agreed_for_her_community_stays_without_her_name(small_company: Company) -> None:
    small_company.forget_her()
    by = tables.alliance.c
    agreed = select(by.offered_by.is_(None), by.accepted_by.is_(None)).order_by(by.id)
    grant = tables.place_grant.c
    shared = select(tables.place.c.external_id, grant.granted_by.is_(None))
    shared = shared.join(tables.place_grant).order_by(tables.place.c.external_id)
    with small_company.store.read() as unit:
        rows = [tuple(row) for row in unit.connection.execute(agreed)]
        grants = [tuple(row) for row in unit.connection.execute(shared)]
    assert rows == [(True, False), (False, True)]
    assert grants == [(SQUARE.id, True)] * 2 + [(SHED.id, False)] * 2


def test_her_question_is_gone_with_all_that_hung_on_it(small_company: Company) -> None:
    """Others' stay, without her answer, and whoever she passed them to is asked for themselves."""
    small_company.forget_her()
    with small_company.store.read() as unit:
        asked = unit.connection.execute(select(tables.question.c.text)).scalars().all()
        rows = {
            table.name: len(unit.connection.execute(select(table)).all())
            for table in (tables.question_term, tables.post, tables.answer, tables.thanks)
        }
        passed = unit.connection.execute(select(tables.ask.c.passed_by)).scalars().all()
    assert asked == ["who has a tall ladder for the loft?"]
    assert rows == {"question_term": 3, "post": 0, "answer": 0, "thanks": 0}
    assert passed == [None, None]


def test_she_is_told_that_it_is_done_and_known_no_more(small_company: Company) -> None:
    assert "forgotten" in plain(small_company.forget_her())
    assert plain(small_company.answer(command(WILHELMINA, "me"))) == FORGOTTEN
    assert plain(small_company.answer(command(WILHELMINA, "whoknows", "worms"))) == FORGOTTEN


def test_she_is_named_to_nobody(small_company: Company) -> None:
    small_company.forget_her()
    for topic in ("worms", "zanzibarium", "gobbledygook", "kettle"):
        answer = plain(small_company.answer(command(OTHERS[2], "whoknows", topic)))
        assert not [word for word in CANARIES if word in answer and word != topic]


def test_what_she_says_and_does_afterwards_is_not_kept(small_company: Company) -> None:
    small_company.forget_her()
    before = dump(small_company.store)
    for event in (
        *(event for event in talk() if is_hers(event) and not isinstance(event, MessagePosted)),
        *(said(WILHELMINA, f"n{one}", "zanzibarium again", 2_000 + one) for one in range(3)),
        AccountSeen(who(), "Wilhelmina Quackenbush"),
        MembersSeen(SQUARE, (WILHELMINA, *OTHERS), minute(0)),
        command(WILHELMINA, "iknow", "quokkology"),
    ):
        small_company.bot.handle(event)
    assert left_in(small_company.url, small_company.store, CANARIES) == set()
    assert small_company.standing_in() == set()
    assert len(dump(small_company.store)) >= len(before)


def test_asking_is_not_enough_to_be_forgotten(small_company: Company) -> None:
    before = small_company.standing_in()
    small_company.answer(command(WILHELMINA, "forget-me"))
    assert small_company.standing_in() == before


def test_nobody_else_can_press_her_button(small_company: Company) -> None:
    before = small_company.standing_in()
    asked = small_company.answer(command(WILHELMINA, "forget-me"))
    small_company.press(OTHERS[0], asked, "Forget me")
    assert small_company.standing_in() == before


def test_pressing_twice_does_no_more_harm(small_company: Company) -> None:
    asked = small_company.answer(command(WILHELMINA, "forget-me"))
    small_company.press(WILHELMINA, asked, "Forget me")
    before = dump(small_company.store)
    assert plain(small_company.press(WILHELMINA, asked, "Forget me")) == FORGOTTEN
    assert dump(small_company.store) == before


def test_the_others_can_be_forgotten_too_until_nobody_is_left(small_company: Company) -> None:
    small_company.forget_her()
    for other in OTHERS:
        small_company.press(other, small_company.answer(command(other, "forget-me")), "Forget me")
    with small_company.store.read() as unit:
        for table in (tables.person, tables.account, tables.message, tables.conversation):
            assert unit.connection.execute(select(table)).all() == []
        for table in (tables.posting, tables.vocabulary, tables.share, tables.share_term):
            assert unit.connection.execute(select(table)).all() == []
        for table in (tables.question, tables.ask, tables.post, tables.answer, tables.thanks):
            assert unit.connection.execute(select(table)).all() == []
        places = select(tables.place.c.conversations, tables.place.c.words)
        assert {tuple(row) for row in unit.connection.execute(places)} == {(0, 0)}


def test_she_can_be_forgotten_where_her_first_community_is_gone(small_company: Company) -> None:
    small_company.bot.handle(CommunityLeft(HERE))
    asked = small_company.answer(command(WILHELMINA, "forget-me", place=HALL))
    pressed = ButtonPressed(HALL, who(WILHELMINA, THERE), token_of(asked, "Forget"), NOW)
    small_company.answer(pressed)
    assert left_in(small_company.url, small_company.store, CANARIES) == set()


def test_an_account_met_in_a_second_community_only_by_its_messages_can_be_forgotten(
    small_company: Company,
) -> None:
    small_company.bot.take_in([AccountSeen(AccountRef(HERE, "90009"), "Zebedee Wickramasinghe")])
    small_company.bot.handle(said("90009", "5", "pumpernickel", 3, HALL))
    small_company.bot.handle(CommunityLeft(HERE))
    asked = small_company.answer(command("90009", "forget-me", place=HALL))
    pressed = ButtonPressed(HALL, who("90009", THERE), token_of(asked, "Forget"), NOW)
    small_company.answer(pressed)
    words = ("Zebedee", "pumpernickel", "90009")
    assert left_in(small_company.url, small_company.store, words) == set()


def test_no_log_says_a_word_of_hers(
    small_company: Company, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        for event in talk():
            small_company.bot.handle(event)
        small_company.forget_her()
    written = caplog.text + "".join(capfd.readouterr())
    assert not [word for word in CANARIES if word.casefold() in written.casefold()]


def test_an_error_of_the_database_does_not_repeat_what_was_said(company: Company) -> None:
    with company.store.write() as unit:
        unit.connection.execute(insert(tables.meta), {"key": "zanzibarium", "value": "x"})
    with pytest.raises(DBAPIError) as caught, company.store.write() as unit:
        unit.connection.execute(insert(tables.meta), {"key": "zanzibarium", "value": "kwyjibo"})
    assert "kwyjibo" not in str(caught.value)
