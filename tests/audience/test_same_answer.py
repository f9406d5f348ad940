"""Every world is told twice, once without what a viewer may not see: every answer is the same.

What is compared are whole replies (names, order, counts, suggestions, files, buttons), so that
nothing that is hidden can show itself by anything. What is hidden is decided by the plain reading
of the rule in `tests/audience/oracle.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from typing import cast

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from bot.commands import COMMANDS
from bot.events import (
    AccountRef,
    CommandUsed,
    CommunityRef,
    Event,
    MembershipChanged,
    MembersSeen,
    MessageDeleted,
    MessagePosted,
    PersonLookedUp,
    PlaceRef,
    PlaceSeen,
    Platform,
    ReactionChanged,
    Role,
    Unfurl,
    Visibility,
)
from bot.model import Audience
from bot.ranking.rows import Saturation
from bot.text import words
from storage.room import StoreRoom
from storage.store import Store
from tests.audience.oracle import Oracle, Outsider, Person, Readers, Viewer, account_id
from tests.audience.scene import MINUTE, NOON, Scene, going_on, scene

# Two workspaces with equal ids, two guilds in which ids are the same accounts.
WORK, OTHER_WORK = CommunityRef(Platform.SLACK, "1"), CommunityRef(Platform.SLACK, "2")
GUILD, OTHER_GUILD = CommunityRef(Platform.DISCORD, "1"), CommunityRef(Platform.DISCORD, "2")
HOMES = (WORK, OTHER_WORK, GUILD, OTHER_GUILD)
ROLES = {"ana": Role.MEMBER, "bea": Role.MEMBER, "cy": Role.GUEST, "boss": Role.ADMIN}
ACCOUNTS = [AccountRef(home, name) for home, name in product(HOMES, ROLES)]
# One person; in both guilds they are the same account.
ALL_BEAS = tuple(AccountRef(home, "bea") for home in (WORK, GUILD, OTHER_GUILD))
HALLS = [*(PlaceRef(home, "hall") for home in HOMES), PlaceRef(WORK, "shed")]
DENS = [*(PlaceRef(home, "den") for home in HOMES), PlaceRef(WORK, "cave")]
BOOTH = PlaceRef(WORK, "booth")
LENT = (PlaceRef(OTHER_WORK, "hall"), PlaceRef(GUILD, "hall"))  # to WORK

SAID = (
    "who keeps bees on a roof?",
    "bees like clover and thyme",
    "thyme wants sun, says the beekeeper",
    "a smoker calms bees: https://example.org/smoker",
    "https://example.org/thyme?utm_source=chat is all about thyme and clover",
    "how do you sharpen a chisel?",
    "sharpen the chisel on a wet stone",
)
# Said in private places only: outside of them not even the words may be known.
WHISPERED = (
    "saffron bees, between us",
    "saffron is grown here: https://example.org/saffron",
    "who dries saffron and thyme?",
    "https://example.org/smoker is what calms my saffron bees",
    "thymme, saffron, beas",  # slips that would be known words
)
TOPICS = ("bees", "thyme", "saffron")
ASKED = (
    *("bees", "bees clover", "thymme", "saffron", "safron", "sharpen a chisel", "smokr"),
    "who has dried thyme and keeps bees on a roof with saffron?",
)


# ── What is told ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Decision:
    """What somebody decided about themselves, which holds wherever they are.

    That they may be listed for a topic, or may not; that nobody is shown their part in the
    conversation of a message of theirs.
    """

    who: AccountRef
    kind: str
    topic: str = ""
    message: tuple[PlaceRef, str] | None = None


Told = Event | Decision
Step = tuple[str, str, PlaceRef, int, str]


@dataclass
class Story:
    """Turns steps into what is told, a clock going with them."""

    told: list[Told]
    posts: list[MessagePosted]
    at = NOON

    def tell(self, step: Step) -> None:
        """Tell one step; `number` is how long it was quiet and which earlier message is meant."""
        verb, name, spot, number, text = step
        self.at += timedelta(minutes=(1, 1, 2, 5, 40)[number % 5])
        earlier = [post for post in self.posts if post.place == spot]
        about = earlier[number % len(earlier)] if earlier else None
        who = AccountRef(spot.community, name)
        if verb in SPEAKING:
            self.told.append(self._post(who, spot, text, about if verb != "say" else None, verb))
        elif verb in ABOUT_A_MESSAGE and about is not None:
            self.told.append(ABOUT_A_MESSAGE[verb](self, about, who, text))
        elif verb in ABOUT_THE_REST:
            self.told.append(ABOUT_THE_REST[verb](self, who, spot, text))

    def _post(
        self, who: AccountRef, spot: PlaceRef, text: str, about: MessagePosted | None, verb: str
    ) -> MessagePosted:
        post = MessagePosted(spot, who, f"m{len(self.posts)}", text, self.at)
        if "smoker" in text and spot in DENS:
            post = replace(post, unfurls=(Unfurl("https://example.org/smoker", "Saffron smoker"),))
        if about is not None and verb == "reply":
            post = replace(post, reply_to=about.id)
        elif about is not None:
            post = replace(post, thread=about.thread or about.id)
        self.posts.append(post)
        return post


def topic(text: str) -> str:
    """One of the topics."""
    return TOPICS[len(text) % len(TOPICS)]


SPEAKING = ("say", "reply", "answer in a thread")
ABOUT_A_MESSAGE: dict[str, Callable[[Story, MessagePosted, AccountRef, str], Told]] = {
    "edit": lambda story, post, _, text: replace(post, text=text, edited_at=story.at),
    "delete": lambda story, post, *_: MessageDeleted(post.place, post.id, story.at),
    "react": lambda story, post, who, _: ReactionChanged(
        post.place, post.id, who, "bee", added=True, at=story.at
    ),
    "hide a part": lambda _, post, *__: Decision(
        post.author, "hidden", message=(post.place, post.id)
    ),
}
ABOUT_THE_REST: dict[str, Callable[[Story, AccountRef, PlaceRef, str], Told]] = {
    "claim": lambda story, who, spot, text: CommandUsed(spot, who, "iknow", topic(text), story.at),
    "never for": lambda _, who, __, text: Decision(who, "hidden", topic(text)),
    "unlist": lambda _, who, *__: Decision(who, "unlisted"),
    "come": lambda story, who, spot, _: MembershipChanged(spot, who, joined=True, at=story.at),
    "go": lambda story, who, spot, _: MembershipChanged(spot, who, joined=False, at=story.at),
    "close": lambda _, __, spot, ___: PlaceSeen(spot, spot.id, Visibility.PRIVATE),
    "listing": lambda story, _, spot, __: CommandUsed(
        spot, AccountRef(spot.community, "boss"), "listing", "confirmed", story.at
    ),
}
names = st.sampled_from(tuple(ROLES))
# Most happens in one community, so that there is much to be mixed up.
halls = st.sampled_from([*HALLS[:1] * 3, *HALLS[-1:] * 2, *HALLS])
dens = st.sampled_from([*DENS[:1] * 3, *DENS[-1:] * 2, *DENS, BOOTH])
picks = st.integers(0, 99)
speaking = st.sampled_from([*SPEAKING, *SPEAKING, "edit"])
in_the_open = st.tuples(speaking, names, halls, picks, st.sampled_from(SAID))
in_private = st.tuples(speaking, names, dens, picks, st.sampled_from(WHISPERED + SAID))
otherwise = st.tuples(
    st.sampled_from([*ABOUT_A_MESSAGE, *ABOUT_THE_REST, "react", "claim", "claim"]),
    names,
    halls | dens,
    picks,
    st.sampled_from(SAID),
)
stories = st.lists(
    in_the_open | in_private | in_the_open | in_private | otherwise, min_size=12, max_size=30
)


def story_of(world: World) -> Story:
    """All that happens; at the end it is told who is in some private places."""
    story = Story([], [])
    for step in world.steps:
        story.tell(step)
    for spot, who in world.inside.items():
        story.told.append(MembersSeen(spot, tuple(sorted(who)), story.at))
    story.at += world.quiet * MINUTE
    return story


# ── Telling it, wholly and without what is hidden ────────────────────────────────────────────


def tell(stage: Scene, told: list[Told]) -> None:
    """Tell a world."""
    for one in told:
        if isinstance(one, Decision):
            decide(stage, one)
        else:
            stage.bot.handle(one)


def decide(stage: Scene, decision: Decision) -> None:
    """What the buttons do; for a part in what is not there, nothing."""
    person_id = stage.account(decision.who).person_id
    with stage.store.write() as unit:
        if decision.kind == "unlisted":
            unit.people.set_unlisted(person_id, unlisted=True)
        elif decision.kind == "confirmed":
            unit.people.confirm(person_id, words.key(decision.topic), decision.topic)
        elif decision.message is None:
            unit.people.hide(person_id, "topic", words.key(decision.topic))
        else:
            spot, ident = decision.message
            post = unit.archive.find(stage.place(spot).id, ident)
            if post is not None:
                unit.people.hide(person_id, "conversation", str(post.conversation_id))


def hear(oracle: Oracle, told: list[Told]) -> None:
    """Let the oracle hear who is where."""
    for one in told:
        match one:
            case PlaceSeen():
                oracle.opens(one.place, one.visibility)
            case MembersSeen():
                everyone = {AccountRef(one.place.community, name) for name in one.members}
                oracle.lists(one.place, everyone, one.at)
            case MembershipChanged(joined=True):
                oracle.joins(one.account, one.place, one.at)
            case MembershipChanged():
                oracle.leaves(one.account, one.place)


def without_hidden(told: list[Told], viewer: Viewer, oracle: Oracle, at: datetime) -> list[Told]:
    """What is left of a world when all is gone that a viewer may not see.

    What somebody said themselves is theirs to see, and to count, wherever it stands.
    """
    seen = oracle.sees(viewer, at)
    own = {account_id(who) for who in viewer.accounts} if isinstance(viewer, Person) else set()
    left: list[Told] = []
    for one in told:
        match one:
            case MessagePosted(place=spot, author=who) | ReactionChanged(place=spot, account=who):
                if spot in seen or account_id(who) in own:
                    left.append(one)
            case MessageDeleted(place=spot):
                if spot in seen or own:  # a reaction of one's own may go with the message
                    left.append(one)
            case CommandUsed(place=spot, account=who, name="iknow"):
                may_hear = oracle.hears_claims(viewer, spot.community, at)
                if may_hear or account_id(who) in own:
                    left.append(one)
                else:  # to agree to be listed is a decision about oneself, and no content
                    left.append(Decision(who, "confirmed", one.text))
            case _:
                left.append(one)
    return left


# ── Asking ───────────────────────────────────────────────────────────────────────────────────


def answers(stage: Scene, viewer: Viewer, posts: list[MessagePosted]) -> Iterator[object]:
    """Everything that a viewer can be answered, with what was asked."""
    match viewer:
        case Person(accounts=(who, *_)):
            yield from _counted(stage, stage.alone(*viewer.accounts))
            yield from _alone(stage, who)
            yield from _looking_around(stage, who, posts)
        case Readers(spot):
            yield from _counted(stage, stage.everyone_in(spot))
            yield from _in_front_of_all(stage, spot)
        case Outsider(home):
            assert home is not None
            yield from _counted(stage, stage.nobody(home))
            for name, topics in {"whoknows": ASKED, "links": ("", *TOPICS)}.items():
                for text in topics:
                    yield name, text, stage.bot.answer_outsider(name, text, home, stage.at)


def _counted(stage: Scene, audience: Audience) -> Iterator[object]:
    """What answers are reckoned from; a small difference need not show itself in one."""
    terms = words.terms(" ".join(ASKED))
    with stage.store.read() as unit:
        evidence = unit.evidence
        yield "size", evidence.size(audience)
        yield "frequencies", evidence.frequencies(terms, audience)
        yield "spelled", evidence.spelled(terms, audience)
        yield "near", sorted(evidence.near({"be", "th", "sa", "sm"}, audience))
        found = evidence.score(Saturation(dict.fromkeys(terms, 1.0), 1, 1, 5), audience, 50, None)
        yield "score", [(round(one.score, 6), one.weight, one.last_at) for one in found]
        numbers = [one.conversation_id for one in found]
        yield "parts", sorted(str(one[1:]) for one in map(tuple, evidence.parts(numbers, audience)))
        yield "present", sorted(evidence.present(audience, None, 0, 50))
        yield "answered", evidence.answered_lately(audience, None, 50)


def _alone(stage: Scene, who: AccountRef) -> Iterator[object]:
    spot = PlaceRef(who.community, "den")
    for name, text in [
        *(("whoknows", text) for text in ASKED),
        *(("links", text) for text in ("", *TOPICS)),
        *(("ask", text) for text in ASKED),
        *((one.name, "") for one in COMMANDS),
    ]:
        asked = CommandUsed(spot, who, name, text, stage.at, private=True)
        yield name, text, stage.bot.handle(asked)
    for text in ("", "b", "th", "saf", "bees sm", "@", "@b", "beekeepers"):
        typed = CommandUsed(spot, who, "whoknows", text, stage.at, private=True)
        yield text, stage.bot.suggest(typed)
    for name in ROLES:
        about = AccountRef(who.community, name)
        yield name, stage.bot.handle(PersonLookedUp(spot, who, about, stage.at, private=True))
    for name in ("me", "privacy", "export", "iknow"):  # private wherever they are asked
        asked = CommandUsed(spot, who, name, "", stage.at, private=False)
        yield name, stage.bot.handle(asked)


def _in_front_of_all(stage: Scene, spot: PlaceRef) -> Iterator[object]:
    asker = AccountRef(spot.community, "ana")
    said = [f"whoknows {text}" for text in ASKED] + [f"links {text}" for text in ("", *TOPICS)]
    for text in [*said, "links", "here", "who knows about saffron and bees?"]:
        post = MessagePosted(spot, asker, f"to-bot-{text}", text, stage.at, to_bot=True)
        yield text, stage.bot.handle(post)
    for name in ROLES:
        about = AccountRef(spot.community, name)
        yield name, stage.bot.handle(PersonLookedUp(spot, asker, about, stage.at, private=False))


def _looking_around(stage: Scene, who: AccountRef, posts: list[MessagePosted]) -> Iterator[object]:
    room = StoreRoom(cast("Store", stage.store))
    for spot in (*HALLS, *DENS, BOOTH):
        yield spot, room.recent(spot, who, stage.at, 50)
    for post in posts[-12:]:
        yield post.id, room.around(post.place, post.id, who, stage.at)


# ── The property ─────────────────────────────────────────────────────────────────────────────


@dataclass
class Beginning:
    """What every world begins with: nobody has said anything yet."""

    stage: Scene
    oracle: Oracle


@pytest.fixture(scope="module")
def on_sqlite(sqlite_store: Store) -> Iterator[Beginning]:
    with begun(sqlite_store) as beginning:
        yield beginning


@pytest.fixture(scope="module")
def on_postgres(postgres_store: Store) -> Iterator[Beginning]:
    with begun(postgres_store) as beginning:
        yield beginning


@contextmanager
def begun(store: Store) -> Iterator[Beginning]:
    """Everybody and every place is known; the private ones listen; one person has two accounts."""
    with scene(store) as stage:
        oracle = Oracle()
        stage.there_is(*HOMES)
        for who in ACCOUNTS:
            stage.enters(who, ROLES[who.id])
            oracle.enters(who, ROLES[who.id], active=True)
        kinds = dict.fromkeys(HALLS, Visibility.PUBLIC) | dict.fromkeys(DENS, Visibility.PRIVATE)
        for spot, visibility in (kinds | {BOOTH: Visibility.DIRECT}).items():
            stage.opens(spot, visibility)
            stage.listens(spot)
            oracle.opens(spot, visibility)
        for spot in LENT:
            boss = AccountRef(WORK, "boss")
            stage.lends(spot, AccountRef(spot.community, "boss"), boss, PlaceRef(WORK, "hall"))
            oracle.lent.add((spot, WORK))
        join(stage)
        yield Beginning(stage, oracle)


def join(stage: Scene) -> None:
    """Make the accounts of bea one person's."""
    one, other, *_ = [stage.account(who).person_id for who in ALL_BEAS]
    with stage.store.write() as unit:
        unit.joining.join(one, other)


def viewer_of(who: AccountRef) -> Person:
    """Whoever is behind an account, asking where that account is."""
    others = [one for one in ALL_BEAS if one != who] if who in ALL_BEAS else []
    return Person(who.community, (who, *others))


VIEWERS: list[Viewer] = [
    *map(viewer_of, ACCOUNTS),
    *map(Readers, [*HALLS, *DENS]),
    *map(Outsider, HOMES),
]


@dataclass(frozen=True)
class World:
    """What happens, who is in which private place at the end, and who then asks."""

    steps: list[Step]
    inside: dict[PlaceRef, set[str]]
    viewer: Viewer
    quiet: int


worlds = st.builds(
    World,
    steps=stories,
    inside=st.dictionaries(st.sampled_from(DENS), st.sets(names, max_size=3)),
    viewer=st.sampled_from(VIEWERS),
    quiet=st.sampled_from((1, 1, 1, 14, 16)),
)


def told_and_asked(
    beginning: Beginning, told: list[Told], viewer: Viewer, story: Story
) -> list[object]:
    """Tell a world and ask it everything."""
    with going_on(beginning.stage) as stage:
        tell(stage, told)
        stage.at = story.at
        stage.tokens[:] = [""] * 1_000  # the ids of buttons go on with the same number
        return list(answers(stage, viewer, story.posts))


def check(beginning: Beginning, world: World) -> None:
    """Tell a world twice, and compare all answers."""
    story = story_of(world)
    oracle = deepcopy(beginning.oracle)
    hear(oracle, story.told)
    left = without_hidden(story.told, world.viewer, oracle, story.at)
    assume(left != story.told)
    whole = told_and_asked(beginning, story.told, world.viewer, story)
    less = told_and_asked(beginning, left, world.viewer, story)
    differing = [pair for pair in zip(whole, less, strict=True) if pair[0] != pair[1]]
    assert differing == []


here = settings(
    deadline=None,
    # Shrinking would tell each world hundreds of times more, which takes minutes.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


@settings(here, max_examples=25)
@given(world=worlds)
def test_every_answer_is_the_same_with_and_without_what_is_hidden(
    on_sqlite: Beginning, world: World
) -> None:
    check(on_sqlite, world)


@pytest.mark.postgres
@settings(here, max_examples=5)
@given(world=worlds)
def test_so_it_is_on_postgresql(on_postgres: Beginning, world: World) -> None:
    check(on_postgres, world)


def test_what_was_hidden_leaves_by_its_own_words_and_by_no_number_of_ours(
    on_sqlite: Beginning,
) -> None:
    """A number would tell how much was said in all, here and elsewhere."""
    with going_on(on_sqlite.stage) as stage:
        ana = AccountRef(WORK, "ana")
        spot = PlaceRef(WORK, "hall")
        asked = stage.says(AccountRef(WORK, "bea"), spot, "who keeps bees?", days_ago=3)
        answer = MessagePosted(
            spot, ana, "a1", "bees: https://example.org/bees", stage.at, reply_to=asked
        )
        stage.happens(answer)
        with stage.store.write() as unit:
            post = unit.archive.find(stage.place(spot).id, "a1")
            (share,) = unit.evidence.newest_shares(stage.alone(ana), 1)
            assert post is not None
            person_id = stage.account(ana).person_id
            unit.people.hide(person_id, "conversation", str(post.conversation_id))
            unit.people.hide(person_id, "share", str(share.id))
            unit.people.hide(person_id, "topic", words.key("bees"))
        file = stage.asks(ana, spot, "export").file
        assert file is not None
        assert json.loads(file.content)["hidden"] == [
            {"kind": "topic", "topic": words.key("bees")},
            {"kind": "conversation", "place": "hall", "id": "a1"},
            {"kind": "share", "url": "https://example.org/bees"},
        ]
