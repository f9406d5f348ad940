import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.files import Export, Skipped, open_export
from bot.events import (
    AccountSeen,
    CommunitySeen,
    MembersSeen,
    MessagePosted,
    PlaceSeen,
    Platform,
    ReactionChanged,
    Role,
    Unfurl,
    Visibility,
)
from tests.files.building import (
    SLACK,
    only,
    payload_files,
    slack_day,
    small_slack,
    texts,
    write_folder,
    write_zip,
)

PARENT = "1714557600.000100"


def messages(export: Export) -> dict[str, MessagePosted]:
    return {message.id: message for message in only(MessagePosted, export.events())}


def said(folder: Path, text: str) -> str:
    """What a reader sees of one raw text."""
    day = slack_day({"type": "message", "user": "U1", "ts": PARENT, "text": text})
    return texts(open_export(write_folder(folder, day)))[0]


def test_a_zip_and_the_folder_it_unpacks_to_say_the_same(tmp_path: Path) -> None:
    zipped = open_export(write_zip(tmp_path / "export.zip", payload_files(SLACK)))
    nested = {f"Mill export/{name}": raw for name, raw in payload_files(SLACK).items()}
    inner = open_export(write_zip(tmp_path / "nested.zip", nested))
    folder = open_export(SLACK)
    assert zipped.format == folder.format == "Slack export"
    assert list(zipped.events()) == list(inner.events()) == list(folder.events())


def test_structure_comes_before_messages_and_everything_twice_in_the_same_order() -> None:
    export = open_export(SLACK)
    events = list(export.events())
    first_message = next(i for i, e in enumerate(events) if isinstance(e, MessagePosted))
    assert isinstance(events[0], CommunitySeen)
    assert not any(isinstance(e, PlaceSeen | CommunitySeen) for e in events[first_message:])
    assert list(export.events()) == events
    assert export.bytes_read == export.bytes_total > 0


def test_the_community_has_slacks_own_id_and_the_name_of_the_zip(tmp_path: Path) -> None:
    path = tmp_path / "Old Mill Slack export May 1 2024 - May 2 2024.zip"
    export = open_export(write_zip(path, payload_files(SLACK)), url="https://mill.slack.com/")
    seen = only(CommunitySeen, export.events())[0]
    assert (seen.community.platform, seen.community.id) == (Platform.SLACK, "T0MILL")
    assert (seen.name, seen.url) == ("Old Mill", "https://mill.slack.com")


def test_a_given_name_is_its_name_and_a_given_id_its_id() -> None:
    named = only(CommunitySeen, open_export(SLACK, community="mill").events())[0]
    assert (named.community.id, named.name) == ("T0MILL", "mill")
    given = only(CommunitySeen, open_export(SLACK, community="T0OTHER").events())[0]
    assert (given.community.id, given.name) == ("T0OTHER", "T0OTHER")


@pytest.mark.parametrize(
    ("users", "messages", "expected"),
    [
        ([{"id": "U1", "profile": {"team": "T0OLD"}}], [], "T0OLD"),
        ([{"id": "U1"}], ["T0MOST", "T0MOST", "T0GUEST"], "T0MOST"),
        ([{"id": "U1", "team_id": "T0HOME"}], ["T0GUEST"], "T0HOME"),
        ([{"id": "U1"}], [], "workspace"),
    ],
)
def test_the_workspaces_id_is_said_by_its_people_or_its_messages(
    tmp_path: Path, users: list[Any], messages: list[str], expected: str
) -> None:
    day = [
        {"type": "message", "user": "U1", "ts": f"17145576{n:02}.000100", "team": team}
        for n, team in enumerate(messages)
    ]
    files = small_slack(**{"users": users, "general/2024-05-01": day})
    export = open_export(write_folder(tmp_path / "workspace", files))
    assert only(CommunitySeen, export.events())[0].community.id == expected


def test_people_have_the_name_and_the_role_that_slack_shows() -> None:
    people = {a.account.id: a for a in only(AccountSeen, open_export(SLACK).events())}
    told = {key: (a.name, a.role, a.is_bot, a.active, a.timezone) for key, a in people.items()}
    assert told == {
        "U0ADA": ("Ada", Role.ADMIN, False, True, "Europe/Lisbon"),
        "U0BO": ("Bo Invented", Role.MEMBER, False, False, None),
        "U0CY": ("cy", Role.GUEST, False, True, None),
        "U0DEE": ("Dee", Role.EXTERNAL, False, True, None),
        "U0BOT": ("Builder", Role.MEMBER, True, True, None),
        "USLACKBOT": ("Slackbot", Role.MEMBER, True, True, None),
        "U0XEN": ("Xen", Role.EXTERNAL, False, True, None),
    }


def test_a_person_whom_users_json_lacks_is_introduced_before_their_message() -> None:
    events = list(open_export(SLACK).events())
    where = next(i for i, e in enumerate(events) if isinstance(e, AccountSeen) and e.name == "Xen")
    message = events[where + 1]
    assert isinstance(message, MessagePosted)
    assert message.author.id == "U0XEN"


def test_only_what_people_wrote_is_yielded_in_order_of_time() -> None:
    assert texts(open_export(SLACK)) == [
        "Who bakes <bread> & cake in #random? :bread:",
        "@Ada try this guide https://sourdough.example/starter?a=1&b=2",
        "https://oven.example",
        "my loaf @here",
        "Thanks @bakers",
        "waves",
    ]


def test_what_is_left_out_is_counted_by_reason() -> None:
    export = open_export(SLACK)
    list(export.events())
    assert export.left_out() == (
        Skipped("broken messages", 1),
        Skipped("deleted messages", 1),
        Skipped("direct messages", 2),
        Skipped("folders that channels.json does not list", 1),
        Skipped("posted by bots", 3),
        Skipped("private channels", 1),
        Skipped("system messages", 1),
    )


def test_a_thread_is_its_parents_ts_and_a_parent_without_replies_is_in_none() -> None:
    threads = {m.id: m.thread for m in messages(open_export(SLACK)).values()}
    assert threads == {
        PARENT: PARENT,
        "1714557720.000300": PARENT,
        "1714561200.000200": None,
        "1714644000.000400": None,
        "1714644060.000500": PARENT,
        "1714500000.000000": None,
    }


def test_a_message_carries_its_times_its_titles_and_its_reactions() -> None:
    found = messages(open_export(SLACK))
    parent = found[PARENT]
    assert parent.at == datetime(2024, 5, 1, 10, 0, 0, 100, tzinfo=UTC)
    assert parent.edited_at == datetime(2024, 5, 1, 10, 1, tzinfo=UTC)
    oven = found["1714561200.000200"]
    assert oven.unfurls == (Unfurl("https://oven.example", "Ovens & stones"),)
    reactions = only(ReactionChanged, open_export(SLACK).events())
    assert [(r.account.id, r.emoji, r.message, r.added, r.at) for r in reactions] == [
        ("U0BO", "+1", PARENT, True, parent.at),
        ("U0CY", "+1", PARENT, True, parent.at),
    ]


def test_permalinks_need_the_workspaces_address() -> None:
    found = messages(open_export(SLACK, url="https://mill.slack.com"))
    assert found[PARENT].permalink == "https://mill.slack.com/archives/C0GEN/p1714557600000100"
    assert found["1714557720.000300"].permalink == (
        "https://mill.slack.com/archives/C0GEN/p1714557720000300"
        "?thread_ts=1714557600.000100&cid=C0GEN"
    )
    assert {m.permalink for m in messages(open_export(SLACK)).values()} == {None}


def test_nothing_of_a_private_channel_comes_out_until_somebody_in_it_switched_it_on() -> None:
    everything = repr(list(open_export(SLACK).events()))
    assert "G0FOU" not in everything
    assert "founders" not in everything
    assert "secret" not in everything


@pytest.mark.parametrize("asked", ["founders", "#founders", "G0FOU"])
def test_a_private_channel_that_is_on_comes_with_its_members(asked: str) -> None:
    export = open_export(SLACK, private=frozenset({asked, "a channel of another export"}))
    events = list(export.events())
    place = next(p for p in only(PlaceSeen, events) if p.place.id == "G0FOU")
    assert place.visibility is Visibility.PRIVATE
    assert "the secret plan" in [m.text for m in only(MessagePosted, events)]
    assert [m.members for m in only(MembersSeen, events)] == [("U0ADA", "U0BO")]
    assert export.skipped["private channels"] == 0


def test_members_are_as_of_the_newest_message_and_never_later_than_the_file(
    tmp_path: Path,
) -> None:
    path = write_zip(tmp_path / "export.zip", payload_files(SLACK))
    on = frozenset({"founders"})
    seen = only(MembersSeen, open_export(path, private=on).events())[0]
    assert seen.at == datetime(2024, 5, 2, 11, 40, tzinfo=UTC)
    os.utime(path, (1714640000, 1714640000))
    seen = only(MembersSeen, open_export(path, private=on).events())[0]
    assert seen.at == datetime.fromtimestamp(1714640000, UTC)


def test_direct_messages_stay_out_even_when_asked_for() -> None:
    wanted = frozenset({"D0AB", "mpdm-ada--bo--cy-1", "G0MP", "left-over"})
    export = open_export(SLACK, private=wanted)
    everything = repr(list(export.events()))
    assert "between us" not in everything
    assert "three of us" not in everything
    assert "nobody knows" not in everything
    assert export.skipped["direct messages"] == 2


def test_a_channel_that_says_it_is_private_is_private_in_whatever_file_it_stands(
    tmp_path: Path,
) -> None:
    files = small_slack(channels=[{"id": "C1", "name": "general", "is_private": True}])
    assert texts(open_export(write_folder(tmp_path, files))) == []


def test_the_fingerprint_depends_on_content_and_options_but_not_on_the_files_name(
    tmp_path: Path,
) -> None:
    files = payload_files(SLACK)
    one = write_zip(tmp_path / "one.zip", files)
    two = write_zip(tmp_path / "two.zip", files)
    assert open_export(one).fingerprint == open_export(two).fingerprint
    on = open_export(one, private=frozenset({"founders"}))
    changed = write_zip(tmp_path / "one.zip", files | {"random/2024-05-03.json": b"[]"})
    fingerprints = {open_export(two).fingerprint, on.fingerprint, open_export(changed).fingerprint}
    assert len(fingerprints) == 3


def test_a_folder_name_with_letters_beyond_ascii_is_found(tmp_path: Path) -> None:
    """macOS writes names decomposed and without the flag that says they are UTF-8."""
    decomposed = "cafe\u0301/2024-05-01"
    day = [{"type": "message", "user": "U1", "ts": PARENT, "text": "espresso"}]
    channels = [{"id": "C1", "name": "caf\u00e9"}]
    files = small_slack(channels=channels, **{decomposed: day, "general/2024-05-01": None})
    assert texts(open_export(write_folder(tmp_path / "folder", files))) == ["espresso"]
    zipped = write_zip(tmp_path / "x.zip", files)
    assert texts(open_export(zipped)) == ["espresso"]
    # Both headers of the member: the flag is bit 11 of the little-endian field.
    raw = zipped.read_bytes().replace(b"\x14\x00\x00\x08\x08\x00", b"\x14\x00\x00\x00\x08\x00")
    zipped.write_bytes(raw)
    assert texts(open_export(zipped)) == ["espresso"]


def test_an_organisations_people_are_not_strangers_to_each_other(tmp_path: Path) -> None:
    people = [{"id": "U1", "team_id": "T1"}, {"id": "U2", "team_id": "T2"}]
    files = small_slack(users=None, org_users=people)
    seen = only(AccountSeen, open_export(write_folder(tmp_path, files)).events())
    assert {a.role for a in seen} == {Role.MEMBER}


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
        ("&lt;https://x.example&gt;", "<https://x.example>"),
        ("<https://x.example|https://x.example>", "https://x.example"),
        ("<https://x.example/|x.example>", "https://x.example/"),
        ("see<https://x.example|here>now", "see here https://x.example now"),
        ("(<https://x.example>).", "(https://x.example)."),
        ("<https://x.example/?a=1&amp;b=2>", "https://x.example/?a=1&b=2"),
        ("<mailto:ada@mill.example|ada@mill.example>", "ada@mill.example"),
        ("<tel:123|call>", "call 123"),
        ("<@U1> <@U9|zed> <@U8> <@W7>", "@ada @zed @U8 @W7"),
        ("<#C1> <#C9|gone> <#C8>", "#general #gone #C8"),
        ("<!channel> <!here|here> <!subteam^S1> <!subteam^S1|@crew>", "@channel @here @S1 @crew"),
        ("<!date^0^{date}|1 May>", "1 May"),
        ("a <b c> <", "a <b c> <"),
        (":wave: `code` *bold*", ":wave: `code` *bold*"),
    ],
)
def test_slacks_markup_reads_as_it_looks(raw: str, shown: str, tmp_path: Path) -> None:
    assert said(tmp_path, raw) == shown


def test_a_link_to_a_private_channel_does_not_give_its_name_away(tmp_path: Path) -> None:
    day = [{"type": "message", "user": "U1", "ts": PARENT, "text": "ask in <#G1>"}]
    files = small_slack(groups=[{"id": "G1", "name": "plot"}], **{"general/2024-05-01": day})
    assert texts(open_export(write_folder(tmp_path, files))) == ["ask in #G1"]
