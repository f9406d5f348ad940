from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.files import open_export
from bot.errors import ImportFailed
from bot.events import (
    AccountSeen,
    CommunitySeen,
    MessagePosted,
    PlaceSeen,
    Platform,
    ReactionChanged,
    Unfurl,
    Visibility,
)
from tests.files.building import (
    DISCORD,
    as_json,
    only,
    payload_files,
    small_discord,
    texts,
    write_folder,
    write_zip,
)


def message(own: str, minute: int, **changes: Any) -> dict[str, Any]:
    author = {"id": "11", "name": "mira", "isBot": False}
    at = f"2024-05-01T10:{minute:02}:00Z"
    fields = {"id": own, "type": "Default", "timestamp": at, "content": own, "author": author}
    return fields | changes


def test_one_file_and_a_folder_and_a_zip_of_them_can_be_read(tmp_path: Path) -> None:
    one = open_export(DISCORD / "garden.json")
    assert (one.format, one.total) == ("DiscordChatExporter JSON", 5)
    folder = open_export(DISCORD)
    zipped = open_export(write_zip(tmp_path / "x.zip", payload_files(DISCORD)))
    assert list(zipped.events()) == list(folder.events())
    assert folder.bytes_read == folder.bytes_total > one.bytes_total


def test_structure_comes_first() -> None:
    events = list(open_export(DISCORD).events())
    communities = only(CommunitySeen, events)
    assert [(c.community.platform, c.community.id, c.name) for c in communities] == [
        (Platform.DISCORD, "100", "Allotment")
    ]
    people = [(a.account.id, a.name, a.is_bot) for a in only(AccountSeen, events)]
    assert people == [("11", "Mira", False), ("12", "Noor", False), ("13", "helper", True)]
    places = [(p.place.id, p.name, p.visibility) for p in only(PlaceSeen, events)]
    assert places == [("200", "garden", Visibility.PUBLIC)]
    kinds = [type(e).__name__ for e in events]
    assert kinds[:5] == ["CommunitySeen", *["AccountSeen"] * 3, "PlaceSeen"]
    assert set(kinds[5:]) == {"MessagePosted", "ReactionChanged"}


def test_only_what_people_wrote_is_yielded() -> None:
    export = open_export(DISCORD)
    assert texts(export) == [
        "Who keeps @Noor informed about compost? :leaf:",
        "I do",
        "Turn it weekly",
    ]
    assert dict(export.skipped) == {
        "posted by bots": 1,
        "system messages": 1,
        "forwarded messages": 1,
        "private channels": 1,
        "direct messages": 1,
    }


def test_a_message_carries_its_times_links_answers_and_reactions() -> None:
    events = list(open_export(DISCORD / "garden.json").events())
    first, second = only(MessagePosted, events)
    assert first.at == datetime(2024, 5, 1, 10, 0, 0, 123000, tzinfo=UTC)
    assert first.edited_at == datetime(2024, 5, 1, 10, 5, tzinfo=UTC)
    assert first.permalink == "https://discord.com/channels/100/200/1001"
    assert first.unfurls == (Unfurl("https://compost.example/heap", "Compost"),)
    assert (first.reply_to, second.reply_to) == (None, "1001")
    reactions = only(ReactionChanged, events)
    assert [(r.account.id, r.emoji, r.message) for r in reactions] == [("12", "thumbsup", "1001")]


def test_a_public_thread_is_in_its_channel_and_its_first_message_too() -> None:
    found = {m.id: m for m in only(MessagePosted, open_export(DISCORD).events())}
    reply = found["1102"]
    assert (reply.place.id, reply.thread) == ("200", "1002")
    assert reply.permalink == "https://discord.com/channels/100/1002/1102"
    assert (found["1002"].thread, found["1001"].thread) == ("1002", None)


def test_a_thread_on_its_own_still_says_which_channel_it_is_in() -> None:
    places = only(PlaceSeen, open_export(DISCORD / "thread.json").events())
    assert [(p.place.id, p.name) for p in places] == [("200", "garden")]


def test_a_private_thread_comes_out_only_when_it_was_switched_on() -> None:
    off = repr(list(open_export(DISCORD).events()))
    assert "committee" not in off
    assert "fence" not in off
    assert "'sol'" not in off
    on = list(open_export(DISCORD, private=frozenset({"committee"})).events())
    place = next(p for p in only(PlaceSeen, on) if p.place.id == "300")
    assert (place.name, place.visibility) == ("committee", Visibility.PRIVATE)
    assert "the fence is broken" in [m.text for m in only(MessagePosted, on)]


def test_a_name_that_two_private_threads_share_switches_on_neither(tmp_path: Path) -> None:
    def thread(own: str) -> bytes:
        channel = {"id": own, "type": "GuildPrivateThread", "name": "notes", "categoryId": "200"}
        return as_json(small_discord(channel=channel, messages=[message(own, 0)]))

    folder = write_folder(tmp_path, {"a.json": thread("300"), "b.json": thread("301")})
    assert texts(open_export(folder, private=frozenset({"notes"}))) == []
    assert texts(open_export(folder, private=frozenset({"301"}))) == ["301"]


def test_a_renamed_private_thread_in_two_parts_is_still_one(tmp_path: Path) -> None:
    def part(name: str, own: str) -> bytes:
        channel = {"id": "300", "type": "GuildPrivateThread", "name": name}
        return as_json(small_discord(channel=channel, messages=[message(own, int(own))]))

    folder = write_folder(tmp_path, {"a.json": part("old", "1"), "b.json": part("new", "2")})
    assert texts(open_export(folder, private=frozenset({"new"}))) == ["1", "2"]


@pytest.mark.parametrize(
    "header",
    [
        {"guild": {"id": "0", "name": "Direct Messages"}},
        {"channel": {"id": "1", "type": "DirectTextChat", "name": "noor"}},
        {"channel": {"id": "1", "type": "DirectGroupTextChat", "name": "we"}},
    ],
)
def test_direct_messages_never_come_out(header: dict[str, Any], tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"x.json": as_json(small_discord(**header))})
    export = open_export(folder, private=frozenset({"noor", "we", "1", "200", "garden"}))
    assert list(export.events()) == []
    assert dict(export.skipped) == {"direct messages": 1, "private channels": 0}


def test_parts_of_a_channel_come_in_order_of_time_whatever_they_are_called(tmp_path: Path) -> None:
    late = small_discord(messages=[message("4", 4), message("3", 3)])
    early = small_discord(messages=[message("1", 1), message("2", 2)])
    folder = write_folder(tmp_path, {"a.json": as_json(late), "b.json": as_json(early)})
    assert texts(open_export(folder)) == ["1", "2", "3", "4"]


def test_parts_that_overlap_give_each_message_once_and_in_order(tmp_path: Path) -> None:
    edited = message("3", 3, content="3 edited", timestampEdited="2024-05-01T10:09:00Z")
    one = small_discord(messages=[message("1", 1), edited, message("4", 4)])
    two = small_discord(messages=[message("2", 2), message("3", 3), message("5", 5)])
    folder = write_folder(tmp_path, {"a.json": as_json(one), "b.json": as_json(two)})
    assert texts(open_export(folder)) == ["1", "2", "3 edited", "4", "5"]


def test_several_servers_keep_apart_and_cannot_share_a_given_name(tmp_path: Path) -> None:
    other = small_discord(guild={"id": "101", "name": "Orchard"})
    files = {"a.json": as_json(small_discord()), "b.json": as_json(other)}
    folder = write_folder(tmp_path, files)
    events = list(open_export(folder).events())
    assert [c.name for c in only(CommunitySeen, events)] == ["Allotment", "Orchard"]
    assert {m.author.community.id for m in only(MessagePosted, events)} == {"100", "101"}
    with pytest.raises(ImportFailed, match="several servers"):
        open_export(folder, community="ours")


def test_a_posted_attachment_that_looks_like_an_export_is_not_imported(tmp_path: Path) -> None:
    forged = as_json(small_discord(messages=[message("666", 6)]))
    files = {"garden.json": as_json(small_discord()), "garden.json_Files/forged.json": forged}
    assert texts(open_export(write_folder(tmp_path, files))) == ["hello"]


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 5},
        {"id": "five"},
        {"timestamp": "yesterday"},
        {"timestamp": "2024-05-01T10:00:00"},
        {"timestamp": "9999-12-31T23:59:59-14:00"},
        {"timestamp": "0001-01-01T00:00:00+14:00"},
        {"author": None},
        {"author": {"id": "x"}},
        {"content": ["text"]},
    ],
)
def test_an_odd_message_is_counted_and_the_others_come_out(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    messages = [message("1", 1), message("2", 2, **changes), "not a message", message("3", 3)]
    path = write_folder(tmp_path, {"x.json": as_json(small_discord(messages=messages))})
    export = open_export(path)
    assert texts(export) == ["1", "3"]
    assert export.skipped["broken messages"] == 2
