"""No way to what people said leads past an audience.

`storage/evidence.py` is the way of answers: each of its methods takes an `Audience`, gives nothing
to one that may see nothing, and every statement it runs names the visible places. What else reads
the tables of evidence is listed here, with the reason why it answers nobody but the author.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from sqlalchemy import BindParameter, ClauseElement
from sqlalchemy.sql.visitors import iterate

from bot import model, ports
from bot.asking.model import Post, Question, Ring, State, Thanks
from bot.core import Bot
from bot.events import (
    AccountRef,
    AccountSeen,
    CommandUsed,
    CommunityRef,
    CommunitySeen,
    MessagePosted,
    PlaceRef,
    PlaceSeen,
    Platform,
    Visibility,
)
from bot.model import Audience
from bot.ranking import rows
from bot.ranking.rows import Saturation
from bot.reaction_ports import Reactions
from bot.room import Heard
from storage import counts, fresh, queries, tables, word_queries
from storage.evidence import Evidence
from storage.sight import PLACES
from storage.store import Unit, open_store
from tests.databases import SqliteDatabases, SqliteTemplate

ROOT = Path(__file__).parent.parent.parent
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOME = CommunityRef(Platform.SLACK, "T1")
HALL, YARD = PlaceRef(HOME, "hall"), PlaceRef(HOME, "yard")
ANA, BEA = AccountRef(HOME, "ana"), AccountRef(HOME, "bea")
ALL = range(1, 200)  # more numbers than there are of anything
LINK = "https://example.org/bees"
LONG_AGO = NOW - timedelta(days=9)


@dataclass(frozen=True)
class Asking:
    """Somebody's look at the evidence; `people`: the accounts of all there are."""

    evidence: ports.Evidence
    people: tuple[int, ...]
    member: Audience
    stranger: Audience


# Every method, with something that it finds for a member.
ASKED: dict[str, Callable[[Asking, ports.Evidence, Audience], Any]] = {
    "size": lambda _, it, who: [n for n in it.size(who) if n],
    "frequencies": lambda _, it, who: it.frequencies(["bee"], who),
    "score": lambda _, it, who: it.score(Saturation({"bee": 1.0}, 1.2, 0.75, 5.0), who, 9, None),
    "newest": lambda _, it, who: it.newest(who, 0),
    "used": lambda _, it, who: it.used(["bee"], ALL, who),
    "near": lambda _, it, who: it.near(["be"], who),
    "spelled": lambda _, it, who: [w for w in it.spelled(["bee"], who).values() if w != "bee"],
    "parts": lambda _, it, who: it.parts(ALL, who),
    "answered_lately": lambda _, it, who: it.answered_lately(who, None, 9),
    "answered_to": lambda asking, it, who: it.answered_to(asking.people, who, 9),
    "present": lambda _, it, who: it.present(who, None, 0, 9),
    "answered_by": lambda asking, it, who: it.answered_by(asking.people, who, 9),
    "said": lambda asking, it, who: it.said(ALL, asking.people, who),
    "sharers": lambda _, it, who: it.sharers(["bee"], 1, who, 9),
    "shares": lambda _, it, who: it.shares(ALL, who),
    "shares_by": lambda asking, it, who: it.shares_by(asking.people, who),
    "newest_shares": lambda _, it, who: it.newest_shares(who, 9),
    "newest_in": lambda _, it, who: [one for n in ALL for one in it.newest_in(n, who, 9)],
    "newest_by": lambda asking, it, who: it.newest_by(asking.people, who, 9),
    "shares_at": lambda _, it, who: [one for n in ALL for one in it.shares_at(n, "m2", who)],
    "shares_of": lambda _, it, who: it.shares_of([LINK], who),
    "claims": lambda _, it, who: it.claims(["bee"], who),
    "newest_claims": lambda _, it, who: it.newest_claims(who, 9),
    "claims_by": lambda asking, it, who: it.claims_by(asking.people, who),
    "may_see": lambda _, it, who: [n for n in ALL if it.may_see(n, who)],
    "questions": lambda _, it, who: it.questions(["bee"], 1, who, 9),
    "thanked": lambda asking, it, who: it.thanked(ALL, asking.people, who),
    "asked": lambda _, it, who: [one for n in ALL for one in it.asked(n, who)],
    "asked_terms": lambda _, it, who: it.asked_terms(ALL, who),
    "crossed": lambda _, it, who: it.crossed(NOW - timedelta(days=1), NOW, who),
    "talked_of": lambda _, it, who: it.talked_of(["bee"], LONG_AGO, who),
    "shared_with": lambda _, it, who: it.shared_with(["bee"], LONG_AGO, who),
    "leads_to": lambda _, it, who: it.leads_to(["bee"], ALL, who),
    "asked_with": lambda _, it, who: it.asked_with(["bee"], LONG_AGO, who),
    "first_shared": lambda _, it, who: it.first_shared([LINK], who),
    "outside": lambda _, it, who: it.outside([], [], LONG_AGO, who, 9),
    "used_again": lambda asking, it, who: it.used_again(asking.people[1:], LONG_AGO, who, 9),
    "recent": lambda _, it, who: [one for n in ALL for one in it.recent(n, who, 9)],
    "around": lambda _, it, who: [one for n in ALL for one in it.around(n, "m1", who)],
}
# Statements without the visible places, and what holds them instead.
OF_ONESELF = "said of oneself in a community, not in a place: `audience.communities`"
OTHERWISE = {"CLAIMS": OF_ONESELF, "CLAIMS_BY": OF_ONESELF, "NEWEST_CLAIMS": OF_ONESELF}

# What people said, and what is derived from it.
SAID = {
    *("conversation", "message", "participant", "posting", "vocabulary"),
    *("share", "share_term", "reaction", "claim", "claim_term"),
}
READING = ("counts", "fresh", "queries", "word_queries")
# Who names these tables besides, and why no answer comes of it.
BESIDES = {
    "storage/archive.py": "writes, and reads what hangs together with what is written",
    "storage/directory.py": "deletes what was said in a place that is gone",
    "storage/drafts.py": "writes conversations",
    "storage/imports.py": "counts how much an import brought, for whoever runs it",
    "storage/index.py": "writes the index",
    "storage/own_data.py": "reads a person's own, for that person",
    "storage/people.py": "reads and writes a person's own, for that person",
    "storage/reactions.py": "writes reactions, which no answer shows",
    "storage/reindex.py": "derives the index anew",
    "storage/removal.py": "deletes",
    "storage/shares.py": "writes links, and what their pages are called",
}
# The core's other reads of what people said, and the only features that may ask so.
# A message goes where those stand that it belongs to.
CAPTURE = {"bot/features/capture.py"}
REGROUPING = {"bot/features/regrouping.py"}
PAST_AN_AUDIENCE: dict[tuple[str, str], set[str]] = {
    # Whether it is kept: a saved link, a question taken down, the post of a question, a note.
    ("archive", "find"): CAPTURE
    | {f"bot/{name}.py" for name in ("features/saving", "asking/ladder", "asking/later")}
    # A link that comes again; the rest of the note is read for everybody in the place.
    | {"bot/asking/noting.py", "bot/features/credit.py"}
    # Whether a copy still holds what was deleted since.
    | {"bot/restoring.py"},
    **{
        ("archive", name): CAPTURE
        for name in ("last_of", "orphans_of", "replies_to", "conversation", "is_alone")
    },
    ("archive", "said_in"): CAPTURE | REGROUPING,
    ("archive", "stretch"): REGROUPING,
    # What is about to be deleted.
    ("removal", "messages_of"): CAPTURE | {"bot/features/privacy.py"},
    ("removal", "messages_in"): {"bot/features/places.py", "bot/features/bring.py"},
    # One's own, by the accounts of whoever asks.
    ("people", "claims_of"): {"bot/features/claims.py", "bot/digest/sections.py"},
    ("own_data", "counts"): {"bot/features/privacy.py"},
    ("own_data", "places_of"): {"bot/features/privacy.py"},
    ("own_data", "everything"): {"bot/features/privacy.py"},
    # Which pages to ask for a title; what is fetched goes to nobody.
    ("shares", "untitled"): set(),
}


def _attribute(name: str) -> str:
    """What a repository is called in a unit of work."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


_PORTS: tuple[type, ...] = (
    *(ports.Directory, ports.Archive, Reactions, ports.Shares),
    *(ports.People, ports.Removal, ports.Imports, ports.OwnData),
)
REPOSITORIES = {_attribute(one.__name__): one for one in _PORTS}
# A method that gives one of these back is a read of what people said.
RECORDS = {
    *(model.Message, model.Conversation, model.Share, model.Claim),
    *(rows.Hit, rows.Part, rows.Present, rows.Used, ports.Near, ports.Said, Heard),
}


def methods(of: type) -> dict[str, Callable[..., Any]]:
    """The public methods of a class."""
    found = inspect.getmembers(of, inspect.isfunction)
    return {name: method for name, method in found if not name.startswith("_")}


# ── Evidence itself ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", methods(Evidence))
@pytest.mark.parametrize("kind", [Evidence, ports.Evidence])
def test_a_read_of_evidence_takes_an_audience(kind: type, name: str) -> None:
    parameters = inspect.signature(methods(kind)[name]).parameters
    # `bot/ports.py` holds the type itself, `storage/evidence.py` its name.
    assert {Audience, "Audience"} & {one.annotation for one in parameters.values()}


def test_the_core_sees_no_other_read_of_evidence() -> None:
    assert methods(ports.Evidence).keys() == methods(Evidence).keys() == ASKED.keys()


@pytest.fixture(scope="module")
def asking(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: SqliteTemplate
) -> Iterator[Asking]:
    """A store in which everything was said once; who may see it, and who may see nothing."""
    folder = tmp_path_factory.mktemp("audience")
    with closing(open_store(SqliteDatabases(folder, sqlite_template).migrated())) as store:
        numbers = count(1)
        bot = Bot(store, lambda: f"token-{next(numbers)}")
        answer = f"Bees! {LINK}"
        for event in (
            CommunitySeen(HOME, "home"),
            AccountSeen(ANA, "ana"),
            AccountSeen(BEA, "bea"),
            PlaceSeen(HALL, "hall", Visibility.PUBLIC),
            PlaceSeen(YARD, "yard", Visibility.PUBLIC),
            MessagePosted(YARD, ANA, "y1", LINK, NOW - timedelta(minutes=90)),
            MessagePosted(HALL, ANA, "m1", "who keeps Bees?", NOW - timedelta(hours=1)),
            MessagePosted(HALL, BEA, "m2", answer, NOW - timedelta(minutes=50), reply_to="m1"),
            CommandUsed(HALL, BEA, "iknow", "bees", NOW),
        ):
            bot.handle(event)
        with store.write() as unit:
            ask_and_thank(unit)
        with store.read() as unit:
            home = unit.directory.community(HOME)
            found = [unit.directory.account(who) for who in (ANA, BEA)]
            people = tuple(one.id for one in found if one is not None)
            assert home is not None
            member, stranger = Audience(NOW, home.id, people[:1]), Audience(NOW, home.id, (-1,))
            yield Asking(unit.evidence, people, member, stranger)


def ask_and_thank(unit: Unit) -> None:
    """Ana's question stands in the hall, and she thanked bea for the answer there."""
    hall, home = unit.directory.place(HALL), unit.directory.community(HOME)
    ana, bea = unit.directory.account(ANA), unit.directory.account(BEA)
    assert hall is not None
    assert home is not None
    assert ana is not None
    assert bea is not None
    question = unit.questions.add(
        Question(
            id=0,
            community_id=home.id,
            account_id=ana.id,
            place_id=hall.id,
            thread=None,
            private=False,
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
        ),
        ["bee"],
    )
    unit.asks.add_post(Post(0, question.id, hall.id, None, "p1", withdrawn=False))
    unit.answers.thank(Thanks(0, bea.id, ana.id, "answer", None, hall.id, "m2", NOW))


@pytest.mark.parametrize("name", ASKED)
def test_who_may_see_nothing_is_given_nothing(asking: Asking, name: str) -> None:
    assert ASKED[name](asking, asking.evidence, asking.member), "there is nothing to be seen"
    assert not ASKED[name](asking, asking.evidence, asking.stranger)


def statements() -> dict[str, ClauseElement]:
    """Every statement that evidence is read with."""
    found = {
        name: one
        for module in (queries, counts, fresh, word_queries)
        for name, one in vars(module).items()
        if isinstance(one, ClauseElement) and name.isupper()
        if not name.startswith("_") and not isinstance(one, BindParameter)
    }
    found |= {f"score {narrowed}": word_queries.score(2, narrowed=narrowed) for narrowed in (0, 1)}
    return found | {"near": word_queries.near(2)}


@pytest.mark.parametrize("name", statements())
def test_a_statement_of_evidence_names_the_visible_places(name: str) -> None:
    parts = iterate(statements()[name])
    binds = {one.key for one in parts if isinstance(one, BindParameter)}
    assert (PLACES in binds) != (name in OTHERWISE)


# ── Around it ────────────────────────────────────────────────────────────────────────────────


def test_nothing_else_of_the_store_reads_what_people_said_for_an_answer() -> None:
    assert tables.metadata.tables.keys() >= SAID
    naming = {path for path, tree in sources("storage") if named_tables(tree) & SAID}
    assert naming == {*(f"storage/{name}.py" for name in READING), *BESIDES}


def sources(folder: str) -> Iterator[tuple[str, ast.Module]]:
    """The modules of a folder, but for those that only say what the tables are."""
    for file in sorted((ROOT / folder).rglob("*.py")):
        if not {"migrations", "tables"} & set(file.parts):
            yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def named_tables(tree: ast.Module) -> set[str]:
    """The tables that a module imports, names as `tables.x` or makes."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module="storage.tables", names=names):
                found |= {one.name for one in names}
            case ast.Attribute(value=ast.Name(id="tables"), attr=name):
                found.add(name)
            case ast.Call(func=ast.Name(id="Table"), args=[ast.Constant(value=str(name)), *_]):
                found.add(name)
    return found


def test_the_core_reads_what_people_said_past_an_audience_only_where_it_may() -> None:
    asked: dict[tuple[str, str], set[str]] = {key: set() for key in PAST_AN_AUDIENCE}
    for path, tree in sources("bot"):
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(
                    value=ast.Attribute(attr=repository) | ast.Name(id=repository), attr=method
                ) if (repository, method) in PAST_AN_AUDIENCE:
                    asked[repository, method].add(path)
    assert asked == PAST_AN_AUDIENCE


@pytest.mark.parametrize("repository", REPOSITORIES)
def test_every_read_past_an_audience_is_known(repository: str) -> None:
    known = {name for of, name in PAST_AN_AUDIENCE if of == repository}
    found = methods(REPOSITORIES[repository])
    assert known <= found.keys()
    assert {name for name, method in found.items() if gives_what_was_said(method)} <= known | {
        *("open", "append", "rethread"),  # they give back what they were given
    }


def gives_what_was_said(method: Callable[..., Any]) -> bool:
    """Whether a method gives back a record of what people said."""
    left, seen = [get_type_hints(method)["return"]], set()
    while left:
        one = left.pop()
        seen.add(one)
        left += get_args(one)
    return not seen.isdisjoint(RECORDS)
