"""What Slack's payloads mean: each file of `tests/platforms/payloads/slack`, read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.interactions import read
from adapters.slack.translate import EVENTS, translate
from adapters.slack.workspace import Workspace
from bot.events import (
    AccountRef,
    AccountSeen,
    Arrived,
    ButtonPressed,
    CommandUsed,
    CommunityLeft,
    CommunityRef,
    Event,
    FormSubmitted,
    LinkSaved,
    MembershipChanged,
    MessageDeleted,
    MessagePosted,
    PlaceDeleted,
    PlaceRef,
    PlaceSeen,
    Platform,
    ReactionChanged,
    Role,
    Unfurl,
    Visibility,
)
from bot.queues import subject_of
from tests.platforms.slack.payloads import names, payload

HOME = CommunityRef(Platform.SLACK, "T0GRAPE")
GENERAL, ATTIC = PlaceRef(HOME, "C00000001"), PlaceRef(HOME, "G00000003")
ANA, BOB = AccountRef(HOME, "U00000001"), AccountRef(HOME, "U00000002")
TS = "1763665200.000100"
AT = datetime(2025, 11, 20, 19, 0, 0, 100, tzinfo=UTC)
NOW = datetime(2025, 11, 20, 20, tzinfo=UTC)


def home() -> Workspace:
    made = Workspace(HOME, "U0BOT", "B0BOT", "Upstream", "https://upstream.slack.com")
    made.learn(
        [
            AccountSeen(ANA, "ana"),
            AccountSeen(BOB, "bob"),
            PlaceSeen(GENERAL, "general", Visibility.PUBLIC),
            PlaceSeen(ATTIC, "attic", Visibility.PRIVATE),
        ]
    )
    return made


def said(name: str, **more: Any) -> list[Event]:
    body = payload(name)
    body["event"] |= more
    return translate(body, home())


def one(name: str, **more: Any) -> Event:
    (event,) = said(name, **more)
    return event


def posted(name: str, **more: Any) -> MessagePosted:
    event = said(name, **more)[-1]
    assert isinstance(event, MessagePosted)
    return event


# ── Messages ─────────────────────────────────────────────────────────────────────────────────


def test_a_message_is_read_as_a_person_reads_it() -> None:
    assert one("message") == MessagePosted(
        GENERAL,
        ANA,
        TS,
        "the yeast & the flour: bread.example.org https://bread.example.org/?a=1&b=2 "
        "for @bob in #kitchen",
        AT,
        permalink="https://upstream.slack.com/archives/C00000001/p1763665200000100",
    )


@pytest.mark.parametrize(("days", "is_late"), [(14, False), (14.01, True), (400, True)])
def test_a_late_answer_in_a_thread_is_one_to_its_question(days: float, *, is_late: bool) -> None:
    ts = f"{1763665200 + int(days * 86_400)}.000100"
    answer = posted("message_in_thread", ts=ts)
    assert (answer.thread, answer.reply_to) == ((None, TS) if is_late else (TS, None))
    assert answer.permalink is not None
    assert answer.permalink.endswith(f"?thread_ts={TS}&cid=C00000001")
    asked = posted("message_in_thread", ts=ts, text="<@U0BOT> who knows about bees?")
    assert (asked.thread, asked.reply_to, asked.to_bot) == (TS, None, True)


def test_an_answer_in_a_thread_leads_to_its_thread() -> None:
    answer = posted("message_in_thread")
    assert answer.thread == TS
    assert answer.permalink is not None
    assert answer.permalink.endswith("?thread_ts=1763665200.000100&cid=C00000001")


@pytest.mark.parametrize(
    "name", ["message_me", "message_file_share", "message_thread_broadcast", "message_external"]
)
def test_what_a_person_said_counts_whatever_its_kind(name: str) -> None:
    assert posted(name).text


@pytest.mark.parametrize("name", ["message_bot", "message_app", "message_join", "unknown_event"])
def test_what_no_person_said_is_nothing(name: str) -> None:
    assert said(name) == []


def test_an_edit_is_the_message_anew() -> None:
    edit = posted("message_changed")
    assert (edit.id, edit.text) == (TS, "the rye")
    assert edit.edited_at == datetime(2025, 11, 20, 19, 11, 40, tzinfo=UTC)


def test_the_title_of_a_link_is_no_edit() -> None:
    unfurled = posted("message_unfurled")
    assert unfurled.edited_at is None
    assert unfurled.unfurls == (Unfurl("https://bread.example.org/?a=1&b=2", "All about bread"),)
    assert subject_of(unfurled) != subject_of(posted("message"))


@pytest.mark.parametrize("name", ["message_deleted", "message_tombstone"])
def test_a_message_that_is_gone_is_gone(name: str) -> None:
    gone = one(name)
    assert isinstance(gone, MessageDeleted)
    assert (gone.place, gone.id) == (GENERAL, TS)


def test_a_mention_asks_us_and_both_its_events_are_one() -> None:
    mention, message = posted("app_mention"), posted("message_mention")
    assert mention.to_bot
    assert message.to_bot
    assert mention.text == message.text == "who knows about bees?"
    assert subject_of(mention) == subject_of(message)


def test_what_slack_adds_to_a_request_asks_nothing() -> None:
    body = payload("message_unfurled")
    body["event"]["message"]["text"] = "<@U0BOT> who knows about bread?"
    assert translate(body, home()) == []


def test_a_direct_message_asks_us() -> None:
    place, asked = said("message_im")
    assert isinstance(place, PlaceSeen)
    assert place.visibility is Visibility.DIRECT
    assert isinstance(asked, MessagePosted)
    assert asked.to_bot


def test_a_group_of_people_among_themselves_does_not() -> None:
    talk = posted("message_im", channel="G00000008", channel_type="mpim")
    assert not talk.to_bot
    place = said("message_im", channel="G00000008", channel_type="mpim")[0]
    assert isinstance(place, PlaceSeen)
    assert place.visibility is Visibility.DIRECT


def test_a_place_we_never_heard_of_comes_before_what_is_said_there() -> None:
    place, _ = said("message", channel="C00000009", channel_type="group")
    assert place == PlaceSeen(PlaceRef(HOME, "C00000009"), "C00000009", Visibility.PRIVATE)


def test_an_open_place_that_turns_out_to_be_private_is_said_to_be() -> None:
    place, _ = said("message", channel_type="group")
    assert place == PlaceSeen(GENERAL, "general", Visibility.PRIVATE)


def test_somebody_of_another_team_is_external() -> None:
    stranger, message = said("message_external")
    ruth = AccountRef(HOME, "U0STRANGE")
    assert stranger == AccountSeen(ruth, "ruth", Role.EXTERNAL)
    assert isinstance(message, MessagePosted)
    assert message.author == ruth


# ── Who and where ────────────────────────────────────────────────────────────────────────────


def test_reactions_are_put_and_taken_away() -> None:
    put, taken = one("reaction_added"), one("reaction_removed")
    assert isinstance(put, ReactionChanged)
    assert isinstance(taken, ReactionChanged)
    assert (put.emoji, put.added, put.message) == ("pray", True, TS)
    assert (taken.emoji, taken.added) == ("pray", False)


def test_a_reaction_of_ours_is_nothing() -> None:
    assert said("reaction_added", user="U0BOT") == []


def test_people_come_and_go() -> None:
    come, gone = one("member_joined_channel"), one("member_left_channel")
    assert isinstance(come, MembershipChanged)
    assert isinstance(gone, MembershipChanged)
    assert (come.account, come.joined, gone.joined) == (BOB, True, False)


def test_we_arrive_where_we_are_invited() -> None:
    arrived = one("bot_joined_channel")
    assert isinstance(arrived, Arrived)
    assert (arrived.place, arrived.by) == (ATTIC, ANA)
    place, _ = said("bot_joined_channel", channel="C00000012")
    assert place == PlaceSeen(PlaceRef(HOME, "C00000012"), "C00000012", Visibility.PRIVATE)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("channel_rename", PlaceSeen(GENERAL, "bakery", Visibility.PUBLIC)),
        ("group_rename", PlaceSeen(ATTIC, "bakery", Visibility.PRIVATE)),
        ("channel_archive", PlaceSeen(GENERAL, "general", Visibility.PUBLIC, archived=True)),
        ("group_archive", PlaceSeen(ATTIC, "attic", Visibility.PRIVATE, archived=True)),
        ("channel_unarchive", PlaceSeen(GENERAL, "general", Visibility.PUBLIC)),
        ("group_unarchive", PlaceSeen(ATTIC, "attic", Visibility.PRIVATE)),
        ("channel_deleted", PlaceDeleted(GENERAL)),
        ("group_deleted", PlaceDeleted(ATTIC)),
        ("channel_convert_to_private", PlaceSeen(GENERAL, "general", Visibility.PRIVATE)),
        ("app_uninstalled", CommunityLeft(HOME)),
    ],
)
def test_what_becomes_of_places(name: str, wanted: Event) -> None:
    assert one(name) == wanted


def test_a_place_with_a_new_id_begins_anew_as_a_private_one() -> None:
    gone, new = said("channel_id_changed")
    assert gone == PlaceDeleted(ATTIC)
    assert new == PlaceSeen(PlaceRef(HOME, "C00000077"), "attic", Visibility.PRIVATE)


def test_what_slack_says_of_people() -> None:
    bob = one("user_change")
    assert bob == AccountSeen(BOB, "bob", Role.GUEST, timezone="Europe/Lisbon")
    user = payload("user_change")["event"]["user"]
    gone = one("user_change", user=user | {"deleted": True, "is_restricted": False})
    assert isinstance(gone, AccountSeen)
    assert not gone.active
    stranger = one("user_change", user=user | {"team_id": "T0OTHER"})
    assert isinstance(stranger, AccountSeen)
    assert stranger.role is Role.EXTERNAL
    slackbot = one("user_change", user=user | {"id": "USLACKBOT"})
    assert isinstance(slackbot, AccountSeen)
    assert slackbot.is_bot


# ── What people do ───────────────────────────────────────────────────────────────────────────


def done(name: str, **more: Any) -> Event:
    found = read(payload(name) | more, home(), NOW)
    assert found is not None
    assert found.event is not None
    return found.event


def test_a_command_is_its_name_and_words() -> None:
    assert done("slash_command") == CommandUsed(GENERAL, ANA, "whoknows", "bees & @bob", NOW)
    prefixed = home()
    prefixed.prefix = "gv-"
    found = read(payload("slash_command") | {"command": "/gv-whoknows"}, prefixed, NOW)
    assert found is not None
    assert isinstance(found.event, CommandUsed)
    assert found.event.name == "whoknows"


@pytest.mark.parametrize(
    ("shown", "visibility"),
    [
        ("directmessage", Visibility.DIRECT),
        ("mpdm-ana--bob-1", Visibility.DIRECT),
        ("privategroup", Visibility.PRIVATE),
        ("bakery", Visibility.PUBLIC),
    ],
)
def test_the_place_of_a_command_is_known_by_what_slack_shows(
    shown: str, visibility: Visibility
) -> None:
    body = payload("slash_command") | {"channel_id": "C00000044", "channel_name": shown}
    found = read(body, home(), NOW)
    assert found is not None
    (place,) = found.before
    assert isinstance(place, PlaceSeen)
    assert place.visibility is visibility


def test_a_button_is_its_opaque_token() -> None:
    assert done("block_actions") == ButtonPressed(GENERAL, ANA, "opaque-token", NOW)


def test_a_button_on_the_home_tab_is_in_no_place() -> None:
    found = read(payload("block_actions_home"), home(), NOW)
    assert found is not None
    assert found.on_home
    assert found.event == ButtonPressed(PlaceRef(HOME, "U00000001"), ANA, "opaque-token", NOW)


def test_whoever_presses_from_another_team_is_external() -> None:
    ruth = {"id": "U0STRANGE", "team_id": "T0OTHER", "name": "ruth"}
    found = read(payload("block_actions") | {"user": ruth}, home(), NOW)
    assert found is not None
    stranger = AccountSeen(AccountRef(HOME, "U0STRANGE"), "ruth", Role.EXTERNAL)
    assert found.before == (stranger,)


def test_a_form_brings_its_fields() -> None:
    sent = done("view_submission")
    assert isinstance(sent, FormSubmitted)
    assert sent.place == GENERAL
    assert sent.fields == (("question", "Who has a ladder?"), ("place", ""))


def test_saving_a_link_keeps_it_its_authors() -> None:
    saved = done("message_action", user={"id": "U00000002", "team_id": "T0GRAPE"})
    assert isinstance(saved, LinkSaved)
    assert (saved.account, saved.message.author, saved.message.id) == (BOB, ANA, TS)
    message = payload("message_bot")["event"]
    from_bot = done("message_action", message=message)
    assert isinstance(from_bot, LinkSaved)
    assert from_bot.message.from_bot


def test_every_event_we_ask_for_has_a_payload_that_is_read() -> None:
    assert {name for name in EVENTS if name not in names()} == set()


# ── Anything else ────────────────────────────────────────────────────────────────────────────


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = st.text(max_size=6)
    return st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
JSON = st.recursive(PLAIN, nested, max_leaves=6)


@given(st.sampled_from(names()), st.data())
def test_whatever_is_broken_in_a_payload_it_is_read_or_left(name: str, data: st.DataObject) -> None:
    body = payload(name)
    inner = body.get("event") or body
    for key in data.draw(st.lists(st.sampled_from(sorted(inner)), max_size=3)):
        inner[key] = data.draw(JSON)
    json.dumps(body)
    if "event" in body:
        assert all(event.kind for event in translate(body, home()))
    else:
        read(body, home(), NOW)
