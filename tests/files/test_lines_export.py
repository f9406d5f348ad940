import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.files import open_export
from bot.errors import ImportFailed
from bot.events import (
    AccountSeen,
    CommunityRef,
    CommunitySeen,
    MessagePosted,
    PlaceSeen,
    Platform,
    Visibility,
)
from tests.files.building import LINES, as_json, line, only, texts, write_lines


def test_lines_come_with_whoever_and_wherever_they_mention_first() -> None:
    export = open_export(LINES)
    events = list(export.events())
    community = CommunityRef(Platform.CONSOLE, "allotment")
    assert events[0] == CommunitySeen(community, "allotment")
    kinds = [type(event).__name__ for event in events[1:]]
    assert kinds == ["PlaceSeen", "AccountSeen", "MessagePosted", "AccountSeen", "MessagePosted"]
    first, second = only(MessagePosted, events)
    assert first.at == datetime(2024, 5, 1, 10, 0, 0, 250000, tzinfo=UTC)
    assert (first.thread, first.reply_to, first.permalink) == ("compost", None, None)
    assert (second.reply_to, second.permalink) == ("m1", "https://chat.example/m2")
    assert [a.name for a in only(AccountSeen, events)] == ["Mira", "noor"]
    assert dict(export.skipped) == {
        "posted by bots": 1,
        "private channels": 1,
        "broken messages": 1,
    }
    assert (export.format, export.total) == ("Grapevine JSONL", 2)
    assert export.bytes_read == export.bytes_total > 0


def test_gzip_is_seen_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "allotment.messages.jsonl"
    path.write_bytes(gzip.compress(LINES.read_bytes()))
    assert list(open_export(path).events()) == list(open_export(LINES).events())


def test_a_private_channel_comes_out_only_when_it_was_switched_on() -> None:
    assert "fence" not in repr(list(open_export(LINES).events()))
    events = list(open_export(LINES, private=frozenset({"#committee"})).events())
    places = {p.place.id: p.visibility for p in only(PlaceSeen, events)}
    assert places == {"garden": Visibility.PUBLIC, "committee": Visibility.PRIVATE}


def test_one_private_line_makes_its_channel_private(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", line(), line(id="m2", private=True))
    assert texts(open_export(path)) == []


def test_lines_out_of_order_are_sorted_by_time(tmp_path: Path) -> None:
    rows = [line(id=f"m{ts}", ts=ts, text=str(ts)) for ts in (3, 1, 2)]
    assert texts(open_export(write_lines(tmp_path / "x.jsonl", *rows))) == ["1", "2", "3"]


def test_a_line_may_name_its_community_and_platform(tmp_path: Path) -> None:
    rows = [line(), line(community="T1", platform="slack"), line(platform="irc")]
    path = write_lines(tmp_path / "x.jsonl", *rows)
    export = open_export(path)
    places = [p.place.community for p in only(PlaceSeen, export.events())]
    console, slack = CommunityRef(Platform.CONSOLE, "x"), CommunityRef(Platform.SLACK, "T1")
    assert places == [console, slack]
    assert export.skipped["broken messages"] == 1
    with pytest.raises(ImportFailed, match="several communities"):
        open_export(path, community="ours")


def test_a_given_community_replaces_the_files_name() -> None:
    seen = only(CommunitySeen, open_export(LINES, community="plot", url="http://x.y").events())
    assert [(c.community.id, c.name, c.url) for c in seen] == [("plot", "plot", "http://x.y")]


@pytest.mark.parametrize(
    "changes",
    [
        {"ts": None},
        {"ts": "1714557600"},
        {"ts": True},
        {"ts": -1},
        {"ts": float("nan")},
        {"ts": float("inf")},
        {"ts": 10**30},
        {"ts": 4102444800},
        {"id": 7},
        {"id": ""},
        {"id": "x" * 256},
        {"user": None},
        {"channel": ["garden"]},
        {"community": {}},
        {"text": 5},
        {"text": "x" * 200_001},
        {"thread": {}},
    ],
)
def test_an_odd_line_is_counted_and_the_others_come_out(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "x.jsonl", line(), line(**changes), [], line(text="bye"))
    export = open_export(path)
    assert texts(export) == ["hello", "bye"]
    assert export.skipped["broken messages"] == 2


def test_what_no_database_takes_is_replaced(tmp_path: Path) -> None:
    row = line(text="a\x00b\ud800c\U0001f331", user="\udfff", name="\x00")
    events = list(open_export(write_lines(tmp_path / "x.jsonl", row)).events())
    message = only(MessagePosted, events)[0]
    assert (message.text, message.author.id) == ("a\ufffdb\ufffdc\U0001f331", "\ufffd")


def test_a_byte_order_mark_is_no_trouble(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", b"\xef\xbb\xbf" + as_json(line()))
    assert texts(open_export(path)) == ["hello"]


def test_the_fingerprint_depends_on_every_line(tmp_path: Path) -> None:
    one = open_export(write_lines(tmp_path / "x.jsonl", *[line()] * 50)).fingerprint
    assert open_export(tmp_path / "x.jsonl").fingerprint == one
    two = open_export(write_lines(tmp_path / "x.jsonl", *[line()] * 50, line(text="b")))
    assert two.fingerprint != one
