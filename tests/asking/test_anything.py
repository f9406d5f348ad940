"""Whatever people do, in whatever order: an oracle of its own watches what everybody gets to read.

It knows only what people did and what they were shown, and looks into the store for nothing but
the state of questions. Words that nobody outside may read are marked (`canary`), each answer has a
word of its own (`pearl`), and kim asks without her name and does nothing that would show it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from bot.deliveries import Parcel, Trouble
from bot.events import AccountRef, AccountSeen, CommunityRef, PlaceRef, PlaceSeen, Visibility
from bot.replies import Reply, plain
from storage.store import Store
from tests.asking.village import (
    ATTIC,
    CAST,
    DAY,
    DEN,
    DOWN,
    GENERAL,
    HOUR,
    KITCHEN,
    MARKET,
    SECRET,
    SQUARE,
    UP,
    Handed,
    QueueingTransaction,
    Sent,
    Village,
)

T = TypeVar("T")
WEEK = timedelta(days=7)
UNNAMED = "kim"
EVERYBODY = sorted({(home, who) for home, people in CAST.items() for who in people}, key=str)
ASKERS = ("ana", "bob", "mei")
PLACES = (GENERAL, KITCHEN, ATTIC, SQUARE, MARKET, DEN)
TOPICS = ("sourdough bread", "garden fences", "old printers")
QUIET = {"quiet never": None, "quiet 22-8": (22, 8), "quiet 6-20": (6, 20)}
# Buttons that open forms need words, and are pressed by rules of their own.
FORMS = {"Answer", "I know who would", "Change it"}
GAPS = (timedelta(minutes=20), 5 * HOUR, 11 * HOUR, 26 * HOUR, 4 * DAY, 9 * DAY)

people = st.sampled_from(EVERYBODY)
pick = st.integers(0, 10_000)


def chosen(some: Sequence[T], which: int) -> T | None:
    """One of some things, more often a new one than an old one."""
    if not some:
        return None
    among = some[-6:] if which % 3 else some
    return among[which // 3 % len(among)]


class Anything(RuleBasedStateMachine):
    """A village in which anything may happen."""

    store: ClassVar[Store]

    def __init__(self) -> None:
        super().__init__()
        self.transaction = self.store.write()
        self.village = Village(QueueingTransaction(self.transaction.__enter__().connection))
        # What people did, as far as it matters.
        self.agreed: dict[str, bool] = {}
        self.paused: dict[str, datetime] = {}
        self.muted: set[tuple[str, str]] = set()
        self.weekly: defaultdict[str, int] = defaultdict(lambda: 2)
        self.quiet: defaultdict[str, tuple[int, int] | None] = defaultdict(lambda: (22, 8))
        self.met: set[str] = set()
        self.active = set(EVERYBODY)
        self.forgotten: set[str] = set()
        self.linked = True
        self.secret = dict(SECRET)
        self.numbers = 0
        self.answer_words: dict[str, str] = {}  # pearl: the message or form it is in
        self.gone_words: set[str] = set()
        self.asked_at: defaultdict[str, list[datetime]] = defaultdict(list)
        self.seen: set[tuple[str, Any]] = set()
        self.lines: Counter[str] = Counter()

    def teardown(self) -> None:
        try:
            self.look_at_the_screen()
        finally:  # or whoever writes next waits for ever
            with suppress(_TakenBackError):
                self.transaction.__exit__(_TakenBackError, _TakenBackError(), None)

    # ── What may happen ──────────────────────────────────────────────────────────────────────

    @initialize()
    def settle(self) -> None:
        village = self.village
        village.link()
        self.met |= {"tom", "olga"}
        for who, topic in (("mei", 0), ("bob", 0), ("ana", 1), ("tom", 1), ("finn", 0)):
            place = SQUARE if who == "finn" else GENERAL
            village.command(who, place, "iknow", TOPICS[topic])
            self.met.add(who)
        for who in ("mei", "bob", "finn"):
            village.command(who, SQUARE if who == "finn" else GENERAL, "asking", "on")
            self.agree(who, agreed=True)
        for place, inside in SECRET.items():
            mark = f"canary-{place.id}"
            village.says(inside[0], place, f"who knows {TOPICS[0]} {mark}?", ago=DAY)
            village.says(inside[1], place, f"{TOPICS[0]} and {TOPICS[2]}, says {mark}", ago=DAY)
        village.says("tom", KITCHEN, "https://bread.example/rye on sourdough bread", ago=DAY)
        self.ask("ana", TOPICS[0], KITCHEN, openly=True, named=True)
        self.ask(UNNAMED, TOPICS[2], GENERAL, openly=False, named=False)

    def here(self, home: CommunityRef, who: str) -> bool:
        return (home, who) in self.active and who not in self.forgotten

    @rule(one=people, said=st.sampled_from(["on", "on", "on", "off", "pause", *QUIET, "1 a week"]))
    def set_manners(self, one: tuple[CommunityRef, str], said: str) -> None:
        home, who = one
        if not self.here(home, who) or who == UNNAMED:
            return
        self.command(home, who, "asking", said)
        if said in QUIET:
            hours = QUIET[said]
            self.quiet[who] = hours
        elif said == "pause":
            self.paused[who] = self.village.at + timedelta(days=30)
        elif said == "1 a week":
            self.weekly[who] = 1
        else:
            self.agree(who, agreed=said == "on")

    def agree(self, who: str, *, agreed: bool) -> None:
        self.agreed[who] = agreed
        self.paused.pop(who, None)

    def command(self, home: CommunityRef, who: str, name: str, text: str = "") -> Reply:
        self.met.add(who)
        place = GENERAL if home == UP else SQUARE
        reply = self.village.command(who, place, name, text)
        self.read(plain(reply), {who})
        return reply

    @rule(
        who=st.sampled_from([*ASKERS, UNNAMED]),
        topic=st.sampled_from(TOPICS),
        place=st.sampled_from([GENERAL, KITCHEN, ATTIC]),
        openly=st.booleans(),
        named=st.booleans(),
    )
    def ask(self, who: str, topic: str, place: PlaceRef, *, openly: bool, named: bool) -> None:
        inside = self.village.members.get(place)
        if not self.here(UP, who) or (inside is not None and who not in inside):
            return
        self.numbers += 1
        how = "Ask the network" if named and who != UNNAMED else "Ask without my name"
        text = f"Who could help me with {topic} number{self.numbers}?"
        openly = openly and who != UNNAMED
        reply = self.village.asks(who, text, place, how, openly=openly)
        self.met.add(who)
        self.read(plain(reply), {who})
        self.deliver()

    @rule(which=pick, by=st.none() | people)
    def press(self, which: int, by: tuple[CommunityRef, str] | None) -> None:
        """Press a button that was handed out: its owner does, or somebody else tries to."""
        buttons = [one for one in self.village.buttons if one.button.label not in FORMS]
        handed = chosen(buttons, which)
        if handed is None:
            return
        who = (handed.who or chosen(self.may_answer(handed.place), which)) if by is None else by[1]
        if who is None or not self.here(handed.place.community, who):
            return
        if who == UNNAMED and handed.button.label == "Ask the network":
            return
        self.met.add(who)
        at_right = handed.who in {None, who}
        reply = self.village.press(who, handed.place, handed.button)
        self.read(plain(reply), {who})
        if at_right:
            self.pressed(who, handed, plain(reply))
        self.deliver()

    def pressed(self, who: str, handed: Handed, said: str) -> None:
        if said.startswith(("That button is not", "I keep nothing")):
            return
        match handed.button.label:
            case "Ask me about such things" | "Others may ask me" | "Yes, ask me":
                self.agree(who, agreed=True)
            case "Stop asking me" | "Don’t ask me" | "No":
                self.agree(who, agreed=False)
            case "Not this month":
                self.paused[who] = self.village.at + timedelta(days=30)
            case "No more of these":
                assert handed.kind
                self.muted.add((who, handed.kind))
            case "Take it back":
                # Each answer's buttons came with the reply to its form.
                self.gone_words.add(self.answer_words.get(handed.button.token, "nothing"))

    @rule(which=pick, by=pick)
    def answer_by_form(self, which: int, by: int) -> None:
        self.fill(which, by, "Answer", self.pearl())

    @rule(which=pick, by=pick, to=st.sampled_from(["mei", "bob", "ana", "tom", "finn", "lee"]))
    def pass_on(self, which: int, by: int, to: str) -> None:
        self.fill(which, by, "I know who would", to)

    def pearl(self) -> str:
        self.numbers += 1
        return f"pearl{self.numbers}x see https://bread.example/rye"

    def fill(self, which: int, by: int, label: str, text: str) -> None:
        buttons = [one for one in self.village.buttons if one.button.label == label]
        handed = chosen(buttons, which)
        if handed is None:
            return
        home = handed.place.community
        who = handed.who or chosen(self.may_answer(handed.place), by)
        if who is None or not self.here(home, who) or (who == UNNAMED and label == "Answer"):
            return
        self.met.add(who)
        opened = self.village.press(who, handed.place, handed.button)
        if opened.form is None:
            self.read(plain(opened), {who})
            return
        reply = self.village.fill(who, handed.place, opened, text)
        self.read(plain(reply), {who})
        for section in reply.sections:
            for button in section.buttons:
                self.answer_words[button.token] = text.split(maxsplit=1)[0]
        self.deliver()

    @rule(deeds=st.lists(st.tuples(st.integers(0, 6), pick, pick), min_size=2, max_size=8))
    def be_busy(self, deeds: list[tuple[int, int, int]]) -> None:
        """What people do most: press, answer, pass on."""
        for what, which, by in deeds:
            match what:
                case 0 | 1:
                    self.press(which, None)
                case 2:
                    self.fill(which, by, "Answer", self.pearl())
                case 3:
                    self.fill(which, by, "I know who would", chosen(ASKERS, by) or "mei")
                case 4:
                    self.answer_in_thread(which, by)
                case 5:
                    self.answer_directly(which)
                case _:
                    self.fill(which, by, "Change it", self.pearl())

    def may_answer(self, place: PlaceRef) -> list[str]:
        """Who can do something in a place and may show their name there."""
        inside = sorted(self.readers(place) - {UNNAMED})
        return [who for who in inside if self.here(place.community, who)]

    @rule(which=pick, by=pick)
    def answer_in_thread(self, which: int, by: int) -> None:
        post = chosen([one for one in self.village.mail if one.kind == "post"], which)
        place = None if post is None else PlaceRef(post.home, post.ref.place)
        who = None if place is None else chosen(self.may_answer(place), by)
        if post is None or place is None or who is None:
            return
        text = self.pearl()
        if place in self.secret:
            text = f"{text} canary-{place.id}"
        message = self.village.says(who, place, text, thread=post.ref.message)
        self.answer_words[message] = text.split()[0]
        self.said.append((who, place, message))
        self.deliver()

    @property
    def said(self) -> list[tuple[str, PlaceRef, str]]:
        if not hasattr(self, "_said"):
            self._said: list[tuple[str, PlaceRef, str]] = []
        return self._said

    @rule(which=pick, to_edit=st.booleans())
    def change(self, which: int, *, to_edit: bool) -> None:
        """Edit or delete a message of a thread."""
        if not self.said:
            return
        who, place, message = self.said[which % len(self.said)]
        if who in self.forgotten or (place.community, who) not in self.active:
            return
        self.village.at += timedelta(seconds=1)
        if self.answer_words.get(message) is None:
            return
        self.gone_words.add(self.answer_words[message])
        if to_edit:
            text = self.pearl()
            self.answer_words[message] = text.split()[0]
            mark = f" canary-{place.id}" if place in self.secret else ""
            self.village.edits(who, place, message, text + mark)
        else:
            self.village.deletes(place, message)
            del self.answer_words[message]
        self.deliver()

    @rule(which=pick, who=st.sampled_from([*ASKERS, UNNAMED]))
    def react(self, which: int, who: str) -> None:
        messages = [(place, one) for _, place, one in self.said if place.community == UP]
        if messages and self.here(UP, who):
            place, message = messages[which % len(messages)]
            self.village.reacts(who, place, message)
            self.deliver()

    @rule(which=pick)
    def answer_directly(self, which: int) -> None:
        """Reply to a direct message of Grapevine's, be it an ask or something else."""
        direct = [one for one in self.village.mail if one.to not in {None, UNNAMED}]
        ask = chosen([one for one in direct if self.here(one.home, one.to or "")], which)
        if ask is None or ask.to is None:
            return
        who, home = ask.to, ask.home
        self.met.add(who)
        reply = self.village.writes(who, self.pearl(), home, ask.ref.message)
        self.read(plain(reply), {who})
        self.deliver()

    @rule(gap=st.sampled_from(GAPS))
    def time_goes_by(self, gap: timedelta) -> None:
        self.village.at += gap
        self.village.keep_lists_fresh()
        self.deliver()

    @rule(one=people)
    def leave(self, one: tuple[CommunityRef, str]) -> None:
        home, who = one
        if who in {"tom", "olga"} or not self.here(home, who):
            return
        self.village.leaves(who, home)
        self.active.discard(one)
        self.deliver()

    @rule(one=people)
    def come_back(self, one: tuple[CommunityRef, str]) -> None:
        home, who = one
        if one not in self.active and who not in self.forgotten:
            self.village.bot.take_in([AccountSeen(AccountRef(home, who), who)])
            self.active.add(one)

    @rule(who=st.sampled_from(["bob", "lee", "ana", "mei"]), really=st.integers(0, 3))
    def forget(self, who: str, really: int) -> None:
        home = DOWN if who == "lee" else UP
        if really or not self.here(home, who):
            return
        sure = self.command(home, who, "forget-me")
        token = sure.sections[-1].buttons[0]
        self.village.press(who, GENERAL if home == UP else SQUARE, token)
        self.forgotten.add(who)
        self.deliver()
        # A note of the day (a reminder, a thanks) is not changed any more.
        screen = [
            one.text
            for one in self.standing()
            if one.to != who and one.kind in {"ask", "post", "answer"}
        ]
        told = [one for one in screen if re.search(rf"\b{who}\b (answered|asks|asked)", one)]
        assert not told, f"{who} is forgotten, and stands in {told}"

    @rule(who=st.sampled_from(["ana", "mei"]))
    def leave_the_attic(self, who: str) -> None:
        if who in self.village.members[ATTIC]:
            self.village.members[ATTIC].remove(who)
            self.village.keep_lists_fresh()

    @rule(place=st.sampled_from([KITCHEN, MARKET]), rarely=st.integers(0, 3))
    def make_private(self, place: PlaceRef, rarely: int) -> None:
        if rarely or place in self.secret:
            return
        inside = ("ana", "mei") if place == KITCHEN else ("olga", "finn")
        self.secret[place] = inside
        self.village.members[place] = list(inside)
        self.village.bot.take_in([PlaceSeen(place, place.id, Visibility.PRIVATE)])
        self.village.keep_lists_fresh()

    @rule(side=st.booleans(), rarely=st.integers(0, 3))
    def end_the_agreement(self, *, side: bool, rarely: int) -> None:
        if self.linked and not rarely:
            who, home = ("tom", UP) if side else ("olga", DOWN)
            self.command(home, who, "link", "end")
            self.linked = False
            self.deliver()

    @rule(side=st.booleans())
    def stop(self, *, side: bool) -> None:
        """An admin looks which questions there are; the buttons are pressed like all others."""
        who, home = ("tom", UP) if side else ("olga", DOWN)
        self.command(home, who, "stop")

    @rule(who=st.sampled_from([None, "mei", "bob", "ana"]))
    def refuse_direct_messages(self, who: str | None) -> None:
        def trouble(parcel: Parcel) -> Trouble | None:
            is_new = parcel.edits is None
            return Trouble.CLOSED if who and is_new and parcel.destination.account == who else None

        self.village.trouble = trouble

    # ── What must hold ───────────────────────────────────────────────────────────────────────

    def deliver(self) -> None:
        for sent in self.village.deliver():
            note(f"{sent.at:%d %b %H:%M} {sent.kind} {sent.to or sent.place} {sent.text!r}")
            self.judge(sent)

    def judge(self, sent: Sent) -> None:
        place = PlaceRef(sent.home, sent.ref.place)
        readers = {sent.to} if sent.to else self.readers(place)
        self.read(sent.text, readers)
        if sent.to:
            assert sent.to in self.met, f"{sent.to} never turned to Grapevine"
            assert sent.to not in self.forgotten
        if sent.is_edit:
            return
        if sent.to and sent.kind in {"ask", "thanks", "reminder", "found", "note"}:
            assert not self.is_quiet(sent.to), f"{sent.kind} to {sent.to} at {sent.at}"
            assert (sent.to, sent.kind) not in self.muted
        numbers = {"ask": "ask", "post": "post", "answer": "answer", "reminder": "question"}
        if sent.kind in numbers:
            this = sent.kind, sent.payload[numbers[sent.kind]]
            assert this not in self.seen, f"{this} came twice"
            self.seen.add(this)
        if sent.kind in {"ask", "post"}:
            self.judge_question(sent)
        if sent.kind == "ask":
            self.judge_ask(sent)

    def judge_question(self, sent: Sent) -> None:
        assert self.linked or sent.home == UP, "the agreement has ended"
        found = re.search(r"number\d+", sent.text)
        assert found
        with self.village.unit() as unit:
            open_ones = [
                one
                for home in unit.directory.communities()
                for one in unit.questions.in_community(home.id, 1_000)
            ]
        assert any(found[0] in one.text for one in open_ones), "it is closed"

    def judge_ask(self, sent: Sent) -> None:
        who = sent.to
        assert who
        assert self.agreed.get(who), f"{who} has not agreed"
        assert self.paused.get(who, sent.at) <= sent.at, f"{who} makes a pause"
        assert (sent.home, who) in self.active, f"{who} has left"
        lately = [at for at in self.asked_at[who] if at > sent.at - WEEK]
        assert len(lately) < self.weekly[who], f"{who} was asked {len(lately)} times this week"
        self.asked_at[who].append(sent.at)
        with self.village.unit() as unit:
            ask = unit.asks.find(int(sent.payload["ask"]))
        assert ask
        this = who, ask.question_id
        assert this not in self.seen, f"{who} was asked the same before"
        self.seen.add(this)

    def is_quiet(self, who: str) -> bool:
        hours = self.quiet[who]
        if hours is None:
            return False
        begin, end = hours
        now = self.village.at.hour
        return begin <= now < end if begin < end else now >= begin or now < end

    def readers(self, place: PlaceRef) -> set[str]:
        if place in self.village.members:
            return set(self.village.members[place])
        return {who for home, who in self.active if home == place.community}

    def read(self, text: str, readers: set[str]) -> None:
        """Somebody reads something: nothing in it may be what they must not know."""
        for place in self.secret:
            if f"canary-{place.id}" in text:
                outside = readers - set(self.village.members[place])
                assert not outside, f"{outside} read of {place.id}: {text}"
        if UNNAMED in text:
            assert readers <= {UNNAMED}, f"{readers} read her name: {text}"

    def standing(self) -> list[Sent]:
        """What stands in the chat now, for those who are still there to read it."""
        screen = self.village.on_screen().values()
        return [one for one in screen if one.to is None or self.here(one.home, one.to)]

    def look_at_the_screen(self) -> None:
        """What is taken back or replaced stands nowhere any more."""
        self.village.trouble = lambda _parcel: None
        self.deliver()
        for sent in self.standing():
            for word in self.gone_words:
                assert word not in sent.text, f"{word} is gone, and stands in {sent}"


class _TakenBackError(Exception):
    """Ends a transaction without a trace."""


def may_anything_happen(store: Store, courses: int) -> None:
    """Let anything happen, so many times from the start."""
    machine = type("Anything", (Anything,), {"store": store})
    some = settings(
        max_examples=courses,
        stateful_step_count=40,
        deadline=None,
        # The steps that led there are printed; making them fewer would take minutes.
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=some)


def test_whatever_people_do_nobody_reads_or_gets_what_they_should_not(
    asking_store: Store, backend: str
) -> None:
    may_anything_happen(asking_store, 30 if backend == "sqlite" else 6)


@pytest.mark.soak
def test_whatever_people_do_a_thousand_times(asking_store: Store, backend: str) -> None:
    may_anything_happen(asking_store, 1_000 if backend == "sqlite" else 200)
