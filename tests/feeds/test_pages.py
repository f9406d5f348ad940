"""What is in a feed: what everybody of the community may see, and nothing beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.feeds.documents import FORMATS
from bot.events import AccountRef, AccountSeen, MessageDeleted, PlaceSeen, Role, Visibility
from bot.replies import plain
from bot.text import words
from tests.databases import Databases, SqliteDatabases, SqliteTemplate
from tests.feeds.garden import AWAY, DEN, GUEST, HALL, HOME, PEOPLE, SHED, Garden, garden, secret_in

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def here(migrated_url: str) -> Iterator[Garden]:
    with garden(migrated_url) as made:
        yield made


def test_a_topic_s_feed_names_who_shared_what_where_and_in_which_words(here: Garden) -> None:
    here.says("ana", HALL, "1", "how I keep bees: https://bees.example.org/hive")
    here.says("bea", HALL, "2", "glue https://glue.example.org/")
    page = here.bot.feed(here.secret("bea", "feed bees"), here.at)
    assert page is not None
    assert page.title == "Links about bees · Community 1"
    (item,) = page.items
    assert (item.url, item.author, item.place, item.words) == (
        "https://bees.example.org/hive",
        "Ana",
        "#hall",
        "how I keep bees",
    )


def test_what_neighbours_let_us_find_does_not_leave_in_our_feeds(here: Garden) -> None:
    here.says("ana", AWAY, "1", "bees https://bees.example.org/hive")
    with here.store.write() as unit:
        home, where = unit.directory.community(HOME), unit.directory.place(AWAY)
        who = unit.directory.account(AccountRef(AWAY.community, "bea"))
        assert home
        assert where
        assert who
        unit.network.ally(home.id, where.community_id, who.person_id, who.person_id, here.at)
        unit.network.grant(where.id, home.id, who.person_id, here.at)
    assert "#away of Community 2" in plain(here.asks("bea", "links bees"))
    assert here.urls(here.secret("bea", "feed bees")) == []


def test_a_place_s_feed_holds_that_place_and_one_s_own_what_one_shared(here: Garden) -> None:
    here.says("ana", HALL, "1", "https://a.example.org/1")
    here.says("bea", SHED, "2", "https://a.example.org/2")
    here.says("ana", DEN, "3", "https://a.example.org/3")
    here.says("ana", AWAY, "4", "https://a.example.org/4")
    assert here.urls(here.secret("ana", "feed here", SHED)) == ["https://a.example.org/2"]
    assert here.urls(here.secret("ana", "me feed")) == ["https://a.example.org/1"]


def test_a_link_stands_there_once_as_it_was_shared_first(here: Garden) -> None:
    here.says("ana", HALL, "1", "https://a.example.org/1", 1)
    here.says("bea", HALL, "2", "https://a.example.org/2", 2)
    here.says("bea", HALL, "3", "again https://a.example.org/1", 3)
    page = here.bot.feed(here.secret("cem", "feed here"), here.at)
    assert page is not None
    assert [(one.url[-1], one.author) for one in page.items] == [("2", "Bea"), ("1", "Ana")]


def test_what_is_hidden_deleted_or_of_somebody_unlisted_is_not_there(here: Garden) -> None:
    here.says("ana", HALL, "1", "bees https://a.example.org/1")
    here.says("bea", HALL, "2", "bees https://a.example.org/2")
    here.says("cem", HALL, "3", "bees https://a.example.org/3")
    secret = here.secret("ana", "feed bees")
    here.presses("ana", here.asks("ana", "me"), "Hide 1")
    here.presses("bea", here.asks("bea", "me"), "Take me off all lists")
    assert here.urls(secret) == ["https://a.example.org/3"]
    here.bot.handle(MessageDeleted(HALL, "3", here.at))
    assert here.urls(secret) == []


def test_whoever_is_never_to_be_found_for_a_topic_is_not_in_its_feed(here: Garden) -> None:
    here.says("ana", HALL, "1", "beekeeping https://a.example.org/bees")
    secrets = here.secret("bea", "feed bees"), here.secret("bea", "feed here")
    with here.store.write() as unit:
        ana = unit.directory.account(AccountRef(HOME, "ana"))
        assert ana is not None
        unit.people.hide(ana.person_id, "topic", words.key("bees"))
    assert [len(here.urls(secret)) for secret in secrets] == [0, 1]


def test_a_new_address_ends_the_old_one_and_off_ends_it_for_good(here: Garden) -> None:
    made = here.asks("ana", "feed bees")
    old, new = secret_in(made), secret_in(here.presses("ana", made, "New address"))
    assert here.reads(old) is None
    assert here.reads(new) is not None
    assert here.asks("ana", "feed off bees")
    assert here.reads(new) is None


def test_nobody_ends_somebody_else_s_feed(here: Garden) -> None:
    secret = here.secret("ana", "feed bees")
    here.asks("bea", "feed off")
    assert here.reads(secret) is not None


def test_forgetting_ends_one_s_feeds(here: Garden) -> None:
    here.says("bea", HALL, "1", "bees https://a.example.org/1")
    secret = here.secret("ana", "feed bees")
    here.presses("ana", here.asks("ana", "forget-me"), "Forget me")
    assert here.reads(secret) is None


def test_a_feed_ends_with_full_membership_and_is_no_guest_s(here: Garden) -> None:
    secret = here.secret("ana", "feed bees")
    assert "full members" in plain(here.asks(GUEST, "feed bees"))
    here.bot.handle(AccountSeen(AccountRef(HOME, "ana"), "Ana", Role.GUEST))
    assert here.reads(secret) is None
    here.bot.handle(AccountSeen(AccountRef(HOME, "ana"), "Ana", Role.MEMBER, active=False))
    assert here.reads(secret) is None


def test_a_place_that_turns_private_has_no_feed_any_more(here: Garden) -> None:
    here.says("ana", SHED, "1", "https://a.example.org/1")
    secret = here.secret("ana", "feed here", SHED)
    here.bot.handle(PlaceSeen(SHED, "shed", Visibility.PRIVATE))
    assert here.reads(secret) is None


def test_the_secret_is_kept_nowhere_and_stands_in_no_document(here: Garden) -> None:
    here.says("ana", HALL, "1", "bees https://a.example.org/1")
    secret = here.secret("ana", "feed bees")
    with here.store.read() as unit:
        person = unit.directory.account(AccountRef(HOME, "ana"))
        assert person is not None
        (feed,) = unit.feeds.of(person.person_id)
    assert secret not in repr(feed)
    for file in FORMATS:
        read = here.reads(secret, file)
        assert read is not None
        assert secret.encode() not in read


@pytest.mark.parametrize(
    "text", ["</DL><script>alert(1)</script>", "a\x0bb & \"c\" 'd'", "\ud83d", "]]>&lt;"]
)
def test_whatever_people_write_the_documents_stay_what_they_are(here: Garden, text: str) -> None:
    here.says("ana", HALL, "1", f"{text} https://a.example.org/?a=1&b=%22%3E")
    secret = here.secret("ana", "feed here")
    read = {file: here.reads(secret, file) for file in FORMATS}
    atom, whole, html = (read[name] for name in ("atom.xml", "feed.json", "bookmarks.html"))
    assert atom is not None
    assert whole is not None
    assert html is not None
    root = etree.fromstring(atom)
    assert root.find(f"{ATOM}entry/{ATOM}link").get("href", "").endswith("b=%22%3E")  # type: ignore[union-attr]
    assert json.loads(whole)["items"][0]["external_url"].endswith("b=%22%3E")
    assert b"<script" not in html
    assert html.count(b"<A HREF") == 1


# ── The same to the byte ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Posted:
    """A message with a link."""

    by: str
    where: str
    link: int
    minute: int


posted = st.builds(
    Posted,
    by=st.sampled_from(PEOPLE),
    where=st.sampled_from(["hall", "shed", "den", "away"]),
    link=st.integers(0, 4),
    minute=st.integers(0, 30),
)
SPOTS = {"hall": HALL, "shed": SHED, "den": DEN, "away": AWAY}


def told(url: str, said: list[tuple[int, Posted]]) -> list[bytes | None]:
    """Tell what was said, and read every feed in every format."""
    with garden(url) as here:
        for number, one in said:
            text = f"bees {number} https://ex.example.org/{one.link}"
            here.says(one.by, SPOTS[one.where], f"m{number}", text, one.minute)
        wanted = [("feed bees", HALL), ("feed here", HALL), ("feed here", SHED), ("me feed", HALL)]
        secrets = [here.secret("ana", what, where) for what, where in wanted]
        return [here.reads(secret, file) for secret in secrets for file in FORMATS]


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(said=st.lists(posted, max_size=12))
def test_feeds_are_the_same_to_the_byte_with_and_without_what_is_hidden(
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: SqliteTemplate,
    said: list[Posted],
) -> None:
    databases: Databases = SqliteDatabases(tmp_path_factory.mktemp("feeds"), sqlite_template)
    numbered = list(enumerate(said))
    public = [pair for pair in numbered if pair[1].where in {"hall", "shed"}]
    assert told(databases.migrated(), numbered) == told(databases.migrated(), public)
