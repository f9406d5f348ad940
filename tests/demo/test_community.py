"""Riverbend, the invented community that ships as a Slack export, keeps the promised shape."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2] / "demo" / "community"
CANARIES = ("nightjar", "pellworth")
SYSTEM_USER = "USLACKBOT"
MESSAGE_FIELDS = {
    "attachments",
    "bot_id",
    "client_msg_id",
    "edited",
    "files",
    "hidden",
    "is_locked",
    "latest_reply",
    "parent_user_id",
    "reactions",
    "replies",
    "reply_count",
    "reply_users",
    "reply_users_count",
    "subscribed",
    "subtype",
    "team",
    "text",
    "thread_ts",
    "ts",
    "type",
    "upload",
    "user",
    "username",
}


class Post(NamedTuple):
    """One message of the export with the folder and the day file it was read from."""

    folder: str
    day: date
    body: dict[str, Any]


def load(name: str) -> Any:
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module", name="users")
def _users() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = load("users.json")
    return found


@pytest.fixture(scope="module", name="places")
def _places() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = load("channels.json") + load("groups.json")
    return found


@pytest.fixture(scope="module", name="posts")
def _posts() -> list[Post]:
    return [
        Post(file.parent.name, date.fromisoformat(file.stem), body)
        for file in sorted(ROOT.glob("*/*.json"))
        for body in json.loads(file.read_text(encoding="utf-8"))
    ]


def written_at(ts: str) -> datetime:
    return datetime.fromtimestamp(int(ts.split(".", maxsplit=1)[0]), UTC)


def ids_named_in(body: dict[str, Any]) -> set[str]:
    named = set(body.get("reply_users", ()))
    named.update(reply["user"] for reply in body.get("replies", ()))
    for reaction in body.get("reactions", ()):
        named.update(reaction["users"])
    named.update(part.split(">")[0].split("|")[0] for part in body["text"].split("<@")[1:])
    named.update(body[key] for key in ("user", "parent_user_id") if key in body)
    named.update(body[key]["user"] for key in ("edited",) if key in body)
    return named


def test_twelve_people_and_one_bot_of_whom_one_person_has_left(users: list[dict[str, Any]]) -> None:
    people = [user for user in users if not user["is_bot"]]
    assert len(people) == 12
    assert len(users) == 13
    assert [user["name"] for user in people if user["deleted"]] == ["bram"]
    assert "ana" in {user["profile"]["display_name"] for user in people}
    assert len({user["id"] for user in users}) == len(users)


def test_six_public_channels_and_one_private_one() -> None:
    assert {place["name"] for place in load("channels.json")} == {
        "general",
        "infra",
        "tools",
        "bread",
        "garden",
        "library",
    }
    assert [place["name"] for place in load("groups.json")] == ["committee"]
    assert load("integration_logs.json") == []


def test_every_folder_is_a_channel_and_every_channel_has_a_folder(
    places: list[dict[str, Any]],
) -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()}
    assert folders == {place["name"] for place in places}


def test_about_three_hundred_messages_over_a_year(posts: list[Post]) -> None:
    days = sorted(post.day for post in posts)
    assert 280 <= len(posts) <= 340
    assert 350 <= (days[-1] - days[0]).days <= 400
    assert (days[0].year, days[0].month) == (2025, 11)
    assert (days[-1].year, days[-1].month) == (2026, 11)


def test_nobody_writes_in_the_small_hours(posts: list[Post]) -> None:
    assert {written_at(post.body["ts"]).hour for post in posts} <= set(range(7, 23))


def test_day_files_are_named_after_the_utc_date_of_their_messages(posts: list[Post]) -> None:
    strays = [post for post in posts if written_at(post.body["ts"]).date() != post.day]
    assert strays == []


def test_day_files_are_in_order_and_no_timestamp_repeats_in_a_channel(posts: list[Post]) -> None:
    for folder in {post.folder for post in posts}:
        stamps = [post.body["ts"] for post in posts if post.folder == folder]
        assert stamps == sorted(set(stamps))


def test_every_reply_points_at_an_existing_earlier_parent(posts: list[Post]) -> None:
    known = {(post.folder, post.body["ts"]): post.body for post in posts}
    for post in posts:
        thread = post.body.get("thread_ts", post.body["ts"])
        parent = known[post.folder, thread]
        assert thread <= post.body["ts"]
        if parent is not post.body:
            assert post.body["parent_user_id"] == parent["user"]


def test_every_parent_lists_exactly_its_replies(posts: list[Post]) -> None:
    for parent in posts:
        replies = [
            {"user": post.body["user"], "ts": post.body["ts"]}
            for post in posts
            if post.folder == parent.folder
            and post.body.get("thread_ts") == parent.body["ts"]
            and post.body is not parent.body
        ]
        assert parent.body.get("replies", []) == replies
        assert parent.body.get("reply_count", 0) == len(replies)
        if replies:
            assert parent.body["latest_reply"] == replies[-1]["ts"]
            assert set(parent.body["reply_users"]) == {reply["user"] for reply in replies}


def test_every_user_id_is_known(posts: list[Post], users: list[dict[str, Any]]) -> None:
    known = {user["id"] for user in users}
    for post in posts:
        also = {SYSTEM_USER} if post.folder == "infra" else set()
        assert ids_named_in(post.body) <= known | also


def test_members_are_known_and_people_who_write_in_a_channel_belong_to_it(
    posts: list[Post], users: list[dict[str, Any]], places: list[dict[str, Any]]
) -> None:
    present = {user["id"] for user in users if not user["deleted"]}
    for place in places:
        members = set(place["members"])
        authors = {p.body.get("user") for p in posts if p.folder == place["name"]}
        assert members <= present
        assert authors & present <= members


def test_the_canary_words_stay_in_the_private_channel(posts: list[Post]) -> None:
    where = {
        path.relative_to(ROOT).parts[0]
        for path in ROOT.rglob("*.json")
        if any(word in path.read_text(encoding="utf-8").lower() for word in CANARIES)
    }
    assert where == {"committee"}
    private = " ".join(post.body["text"] for post in posts if post.folder == "committee").lower()
    assert all(word in private for word in CANARIES)


def test_the_committee_is_four_people_and_ana_is_not_among_them(
    users: list[dict[str, Any]],
) -> None:
    names = {user["id"]: user["name"] for user in users}
    members = {names[member] for member in load("groups.json")[0]["members"]}
    assert members == {"grace", "fatima", "tom", "kofi"}


def test_every_kind_of_message_an_importer_meets_occurs(posts: list[Post]) -> None:
    subtypes = {post.body.get("subtype") for post in posts}
    assert subtypes == {
        None,
        "bot_message",
        "channel_join",
        "file_share",
        "thread_broadcast",
        "tombstone",
    }
    assert any("bot_id" in post.body and "subtype" not in post.body for post in posts)
    assert any("edited" in post.body for post in posts)
    assert any("attachments" in post.body for post in posts)
    assert any("<@" in post.body["text"] and "subtype" not in post.body for post in posts)


def test_message_fields_are_those_of_the_format(posts: list[Post]) -> None:
    for post in posts:
        assert set(post.body) <= MESSAGE_FIELDS
        assert post.body["type"] == "message"
        for reaction in post.body.get("reactions", ()):
            assert reaction["count"] == len(reaction["users"]) == len(set(reaction["users"]))


def test_angle_brackets_and_ampersands_are_escaped_as_slack_does(posts: list[Post]) -> None:
    for post in posts:
        for piece in post.body["text"].replace("&amp;", "").split("&")[1:]:
            assert piece.startswith(("lt;", "gt;"))
        for markup in post.body["text"].split("<")[1:]:
            assert markup.startswith(("https://", "@U", "#C"))
            assert ">" in markup


def test_about_sixty_messages_carry_a_link_and_a_single_one_a_secret(posts: list[Post]) -> None:
    linked = [post.body["text"] for post in posts if "<https://" in post.body["text"]]
    assert 50 <= len(linked) <= 75
    assert len([text for text in linked if "?token=" in text]) == 1


def test_one_link_returns_months_later_from_somebody_else_with_other_tracking(
    posts: list[Post],
) -> None:
    page = "<https://www.rhs.org.uk/soil-composts-mulches/composting?"
    first, again = (post for post in posts if page in post.body["text"])
    assert first.body["user"] != again.body["user"]
    assert (again.day - first.day).days > 100
    assert "utm_source=newsletter" in first.body["text"]
    assert "fbclid=" in again.body["text"]


def test_every_topic_a_visitor_would_try_is_talked_about_in_public(posts: list[Post]) -> None:
    talk = " ".join(post.body["text"] for post in posts if post.folder != "committee").lower()
    topics = [
        "terraform",
        "postgres",
        "backup",
        "sourdough",
        "compost",
        "bees",
        "e-ink",
        "python",
        "spreadsheet",
        "oven",
        "seeds",
        "slugs",
        "wifi",
    ]
    topics += ["label printer", "raspberry pi"]
    assert [topic for topic in topics if topic not in talk] == []


def test_files_are_tidy_and_stable() -> None:
    for path in ROOT.rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n"
