"""The pulse: what at least three people did, for whoever may see it; monthly, and as a picture."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image, ImageColor, ImageDraw

from adapters.pictures import drawing, enclosed
from bot.events import PlaceSeen, Visibility
from bot.features.pulse import SILENT, duration, next_month
from bot.replies import Bar, Chart, Reply, plain
from tests.asking.village import ATTIC, DAY, GENERAL, HOUR, KITCHEN, Sent, Village, button

CLAY = "https://clay.example/glaze"


def asked(village: Village, who: str, text: str) -> Sent:
    """Somebody asks in #general."""
    village.asks(who, text)
    village.deliver()
    return village.posted(GENERAL)[-1]


def helped(village: Village, who: str, text: str, by: str, after: timedelta = HOUR) -> None:
    """Somebody asks and is answered in the thread."""
    post = asked(village, who, text)
    village.at += after
    village.says(by, GENERAL, "like this", thread=post.ref.message)
    village.deliver()


def pulse(village: Village, who: str = "kim") -> str:
    village.at += timedelta(minutes=1)
    return plain(village.command(who, GENERAL, "pulse"))


# ── Never a person, never a group under three ────────────────────────────────────────────────


def test_what_two_people_did_is_not_told(village: Village) -> None:
    for who in ("ana", "bob", "ana", "bob"):
        helped(village, who, "Who has a ladder?", "mei")
    assert pulse(village) == SILENT


def test_what_three_people_asked_is_told_without_a_name(village: Village) -> None:
    for who, wait in (("ana", 1), ("bob", 2), ("kim", 9)):
        helped(village, who, "Who has a ladder?", "mei", wait * HOUR)
    said = pulse(village)
    assert "3 questions were asked and all were helped, half of them within 2 hours." in said
    assert not {"ana", "bob", "kim", "mei"} & set(said.lower().split())


def test_a_rest_of_one_is_not_told_by_what_is_left_over(village: Village) -> None:
    for who in ("ana", "bob", "kim"):
        helped(village, who, "Who has a ladder?", "mei")
    asked(village, "tom", "Who has a saw?")
    assert "4 questions were asked; of the helped ones half within 1 hour." in pulse(village)


def test_a_rest_of_three_is_told(village: Village) -> None:
    for who in ("ana", "bob", "kim"):
        helped(village, who, "Who has a ladder?", "mei")
    for who in ("ana", "bob", "tom"):
        asked(village, who, "Who has a saw?")
    assert "6 questions were asked and 3 were helped, half of them within 1 hour." in pulse(village)


def test_whoever_asks_does_not_help_themselves(village: Village) -> None:
    for who in ("ana", "bob", "kim"):
        helped(village, who, "Who has a ladder?", who)
    assert "3 questions were asked. None was helped yet; they stay open." in pulse(village)


def test_first_time_helpers_count_once_and_from_three_on(village: Village) -> None:
    for who, by in (("ana", "mei"), ("bob", "tom"), ("kim", "mei")):
        helped(village, who, "Who has a ladder?", by)
    assert "for the first time" not in pulse(village)
    helped(village, "ana", "Who has a saw?", "bob")
    assert "3 people helped for the first time." in pulse(village)
    village.at += 40 * DAY
    for who, by in (("ana", "mei"), ("bob", "tom"), ("kim", "bob")):
        helped(village, who, "Who has a hammer?", by)
    assert "for the first time" not in pulse(village)


def test_topics_are_what_three_people_asked_for_and_nobody_covers(village: Village) -> None:
    for who in ("ana", "bob"):
        asked(village, who, f"Where is a kiln, asks {who}?")
    assert "kiln" not in pulse(village)
    asked(village, "tom", "Any kiln around?")
    assert "nobody covers it yet: kiln. Whoever knows something about it says: iknow kiln" in (
        pulse(village)
    )
    village.command("mei", GENERAL, "iknow", "kilns")
    assert "kiln" not in pulse(village)


def test_one_answer_covers_a_topic(village: Village) -> None:
    for who in ("ana", "bob", "tom"):
        asked(village, who, "Where is a kiln?")
    helped(village, "kim", "Is there a kiln?", "mei")
    assert "kiln" not in pulse(village)


# ── Links that crossed places ────────────────────────────────────────────────────────────────


def test_a_link_that_crossed_places_is_told_from_three_people_on(village: Village) -> None:
    village.says("ana", KITCHEN, f"see {CLAY}")
    village.says("bob", GENERAL, f"see {CLAY}")
    assert pulse(village) == SILENT
    village.says("mei", GENERAL, f"see {CLAY}")
    assert "1 link went from one place to another: clay.example/glaze" in pulse(village)


def test_a_link_that_stays_where_it_is_crosses_nothing(village: Village) -> None:
    for who in ("ana", "bob", "mei"):
        village.says(who, KITCHEN, f"see {CLAY}")
    assert pulse(village) == SILENT


def test_a_link_that_crossed_long_ago_is_no_news(village: Village) -> None:
    for who, place in (("ana", KITCHEN), ("bob", GENERAL), ("mei", GENERAL)):
        village.says(who, place, f"see {CLAY}", ago=40 * DAY)
    village.says("kim", GENERAL, f"see {CLAY}")
    assert pulse(village) == SILENT


def test_a_hidden_link_is_not_counted(village: Village) -> None:
    for who, place in (("ana", KITCHEN), ("bob", GENERAL), ("mei", GENERAL)):
        village.says(who, place, f"glazes by {who}: {CLAY}")
    assert "1 link" in pulse(village)
    mine = village.command("ana", GENERAL, "me")
    village.press("ana", GENERAL, button(mine, "Hide 1"))
    assert pulse(village) == SILENT


# ── What whoever reads it may see ────────────────────────────────────────────────────────────


def test_what_happens_in_private_changes_nothing_for_the_others(village: Village) -> None:
    for who in ("ana", "bob", "kim"):
        helped(village, who, "Who has a ladder?", "mei")
    village.says("bob", KITCHEN, f"see {CLAY}")
    village.says("kim", KITCHEN, f"see {CLAY}")
    before = pulse(village)
    village.says("mei", ATTIC, f"see {CLAY}")
    village.asks("ana", "Who has a kiln?", place=ATTIC)
    village.deliver()
    village.keep_lists_fresh()
    assert pulse(village) == before
    assert pulse(village, "mei") != before


def test_a_question_that_was_asked_in_person_alone_is_not_counted(village: Village) -> None:
    village.knows("mei", "ladder")
    for who in ("ana", "bob", "kim"):
        village.asks(who, "Who has a ladder?")
    village.deliver()
    assert pulse(village) == SILENT


# ── Once a month ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def ordered(village: Village) -> Village:
    """The pulse of a lively May comes in #kitchen."""
    for who in ("ana", "bob", "kim"):
        helped(village, who, "Who has a ladder?", "mei")
    village.command("tom", KITCHEN, "pulse", "here")
    return village


def months(village: Village) -> list[str]:
    village.deliver()
    return [one.text.partition("\n")[0] for one in village.posted(KITCHEN, "pulse")]


def test_it_comes_on_the_first_of_the_month(ordered: Village) -> None:
    ordered.at = datetime(2026, 6, 1, 8, 59, tzinfo=UTC)
    assert months(ordered) == []
    ordered.at = datetime(2026, 6, 1, 9, tzinfo=UTC)
    assert months(ordered) == ["May 2026 in Upstream:"]
    (post,) = ordered.posted(KITCHEN, "pulse")
    assert post.reply.chart is not None
    assert "helped, by month: May 3." in post.reply.chart.alt


def test_a_month_with_nothing_to_tell_is_silent(ordered: Village) -> None:
    ordered.at = datetime(2026, 7, 1, 9, tzinfo=UTC)
    assert months(ordered) == []


def test_after_months_in_which_nothing_ran_only_the_last_one_comes(ordered: Village) -> None:
    ordered.at = datetime(2026, 8, 31, 12, tzinfo=UTC)
    for who in ("ana", "bob", "kim"):
        ordered.at -= 40 * DAY
        helped(ordered, who, "Who has a saw?", "mei")
        ordered.at += 40 * DAY - HOUR
    assert months(ordered) == ["July 2026 in Upstream:"]
    assert months(ordered) == ["July 2026 in Upstream:"]


def test_ordered_twice_it_comes_once(ordered: Village) -> None:
    ordered.command("tom", KITCHEN, "pulse", "here")
    ordered.at = datetime(2026, 6, 1, 9, tzinfo=UTC)
    assert months(ordered) == ["May 2026 in Upstream:"]


def test_it_goes_where_it_was_ordered_last(ordered: Village) -> None:
    ordered.command("tom", GENERAL, "pulse", "here")
    ordered.at = datetime(2026, 6, 1, 9, tzinfo=UTC)
    assert months(ordered) == []
    assert len(ordered.posted(GENERAL, "pulse")) == 1


def test_ended_while_it_is_on_its_way_it_does_not_come(ordered: Village) -> None:
    ordered.at = datetime(2026, 6, 1, 9, tzinfo=UTC)
    ordered.bot.tick(ordered.at)
    ordered.command("tom", GENERAL, "pulse", "off")
    assert months(ordered) == []


def test_a_private_place_tells_its_own(ordered: Village) -> None:
    ordered.bot.take_in([PlaceSeen(KITCHEN, "kitchen", Visibility.PRIVATE)])
    ordered.at = datetime(2026, 6, 1, 9, tzinfo=UTC)
    assert months(ordered) == []


def test_only_admins_order_it(village: Village) -> None:
    assert "Only an admin" in plain(village.command("ana", KITCHEN, "pulse", "here"))
    assert "Only an admin" in plain(village.command("ana", KITCHEN, "pulse", "off"))


@pytest.mark.parametrize(
    ("zone", "at", "due"),
    [
        ("UTC", "2026-12-31T23:59", "2027-01-01T09:00"),
        ("Pacific/Auckland", "2026-11-30T11:30", "2026-12-31T20:00"),
        ("America/New_York", "2026-10-31T12:00", "2026-11-01T14:00"),  # the day clocks go back
        ("Europe/Berlin", "2026-03-29T12:00", "2026-04-01T07:00"),
    ],
)
def test_it_comes_in_the_morning_of_whoever_ordered_it(zone: str, at: str, due: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert next_month(ZoneInfo(zone), moment) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        (timedelta(seconds=5), "1 minute"),
        (timedelta(minutes=59), "59 minutes"),
        (HOUR, "1 hour"),
        (47 * HOUR, "47 hours"),
        (2 * DAY, "2 days"),
    ],
)
def test_lengths_of_time_are_said_as_people_say_them(wait: timedelta, said: str) -> None:
    assert duration(wait) == said


# ── As a picture ─────────────────────────────────────────────────────────────────────────────

CHART = Chart(
    name="pulse.png",
    title="November 2026",
    facts=(("12", "of 14 questions helped"), ("3", "hours until half were helped")),
    caption="Questions that were helped, by month",
    bars=(Bar("Sep", 6), Bar("Oct", None), Bar("Nov", 12)),
    alt="November 2026. 12 of 14 questions helped.",
)


def picture(chart: Chart = CHART) -> Image.Image:
    found = enclosed(Reply((), chart=chart))
    assert found is not None
    assert (found.name, found.alt) == (chart.name, chart.alt)
    return Image.open(io.BytesIO(found.content)).convert("RGBA")


def luminance(colour: str) -> float:
    """How bright a colour is: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [value / 255 for value in ImageColor.getrgb(colour)[:3]]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ink", [drawing.INK, drawing.SOFT, drawing.ACCENT])
def test_what_is_written_stands_out_from_the_card(ink: str) -> None:
    assert contrast(ink, drawing.PAPER) >= 4.5


@pytest.mark.parametrize("chat", ["#FFFFFF", "#1A1D21", "#313338", "#000000"])
def test_the_card_stands_out_from_light_and_dark_chats(chat: str) -> None:
    assert max(contrast(drawing.RIM, chat), contrast(drawing.PAPER, chat)) >= 3


def test_outside_the_card_the_picture_is_clear_and_inside_it_is_not() -> None:
    found = picture()
    alpha = found.getchannel("A")
    assert alpha.getpixel((0, 0)) == 0
    assert alpha.getpixel((found.width // 2, found.height // 2)) == 255


def test_a_bar_is_as_high_as_its_number() -> None:
    found = picture()
    accent = (*ImageColor.getrgb(drawing.ACCENT), 255)
    third = (found.width - 2 * drawing.EDGE) // 3
    below = found.height - drawing.BARS
    heights = []
    for number in range(3):
        x = drawing.EDGE + number * third + third // 2
        column = [found.getpixel((x, y)) for y in range(below, found.height)]
        heights.append(column.count(accent))
    assert heights[1] == 0
    assert heights[2] == pytest.approx(2 * heights[0], abs=4)


def test_with_every_number_their_words_are_as_large_as_with_two(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a chat the picture is shown at a third of its size."""
    written: dict[str, float] = {}

    def note(_: ImageDraw.ImageDraw, at: object, text: str, **how: Any) -> None:
        written[text] = how["font"].size

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", note)
    said = ("of 23 questions helped", "minutes until half were helped", "helped for the first time")
    drawing.png(replace(CHART, facts=tuple(("12", one) for one in (*said, "links crossed places"))))
    assert written["minutes until"] == written["half were helped"] == written["Nov"]


def test_without_bars_or_numbers_the_card_is_lower() -> None:
    bare = Chart("a.png", "May", (), "", (), "May")
    assert picture(bare).height < picture().height


def test_the_same_numbers_make_the_same_picture() -> None:
    assert drawing.png(CHART) == drawing.png(CHART)
