"""The pulse: `pulse`, and once a month in one place: `pulse here`, `pulse off`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.asking.hours import zone_of
from bot.asking.model import Kind
from bot.asking.scene import number as number_in
from bot.digest import pulse
from bot.digest.model import PulseOrder
from bot.events import Visibility
from bot.features import places, receipts
from bot.model import Audience
from bot.replies import Bar, Chart, Line, Reply, Section
from bot.wording import listed, month, number
from bot.wording import place as called

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from bot.asking.scene import Scene
    from bot.digest.pulse import Pulse
    from bot.model import Community, Share
    from bot.queues import Delivery, Json
    from bot.replies import Span
    from bot.requests import Request

LATELY = timedelta(days=30)
MONTHS = 6
HOUR = 9
MOST = 20  # orders in one transaction
SILENT = "Nothing to tell yet: I count only what three people or more did."
USAGE = "Say pulse, pulse here to have it posted in this place once a month, or pulse off."
CAPTION = "Questions that were helped"
FOOT = "Nobody is named, and nothing is counted that fewer than three people did."
FOOT_OF_POST = f"{FOOT} An admin can end this with: pulse off"


# ── The command ──────────────────────────────────────────────────────────────────────────────


def reply(request: Request, text: str) -> Reply:
    """Answer `pulse`, `pulse here` and `pulse off`."""
    match text.strip().lower():
        case "":
            return _now(request)
        case "here" | "off" if not request.is_admin:
            return Reply.say(places.ADMINS_ONLY)
        case "here":
            return _here(request)
        case "off":
            ended = request.unit.wishes.order_no_more(request.community.id)
            return Reply.say("Ended: it comes no more." if ended else "It comes nowhere so far.")
    return Reply.say(USAGE)


def _now(request: Request) -> Reply:
    """The last thirty days, as far as whoever reads it may see."""
    zone = request.scene.zone(request.account, request.unit.manners.of(request.account.person_id))
    found = show(
        request.scene,
        request.community,
        request.audience,
        (request.at - LATELY, request.at.astimezone(zone)),
        "The last 30 days",
    )
    if found is None:
        return Reply.say(SILENT, private=request.private)
    foot = Section((FOOT,))
    return replace(found, sections=(*found.sections, foot), private=request.private)


def _here(request: Request) -> Reply:
    spot = request.place
    if spot is None or spot.visibility is Visibility.DIRECT:
        return Reply.say(places.NOT_HERE)
    mine = request.unit.manners.of(request.account.person_id)
    zone = mine.timezone or request.account.timezone or "UTC"
    first = next_month(zone_of(zone), request.at)
    request.unit.wishes.order(PulseOrder(request.community.id, spot.id, zone, first))
    name = called(spot.name)
    return Reply.say(
        f"From now on the pulse of each month comes in {name}, on the first day of the next: how "
        "many questions were helped and how fast. What nobody can be told without telling it of "
        "single people is left out. To end it: pulse off"
    )


# ── Once a month ─────────────────────────────────────────────────────────────────────────────


def next_month(zone: tzinfo, at: datetime) -> datetime:
    """Nine o'clock on the first day of the next month."""
    here = at.astimezone(zone)
    year, name = (here.year, here.month + 1) if here.month < 12 else (here.year + 1, 1)  # noqa: PLR2004 - months
    return datetime(year, name, 1, HOUR, tzinfo=zone).astimezone(UTC)


def run(scene: Scene) -> int:
    """Owe what is due, after a long silence only the newest; how many there were."""
    due = scene.unit.wishes.due(scene.at, MOST)
    for order in due:
        zone = zone_of(order.zone)
        scene.unit.wishes.order(replace(order, next_at=next_month(zone, scene.at)))
        where = scene.unit.directory.place_by_id(order.place_id)
        if where is not None and not where.archived:
            ended = scene.at.astimezone(zone).strftime("%Y-%m")
            payload: dict[str, Json] = {
                "community": order.community_id,
                "place": order.place_id,
                "until": ended,
            }
            scene.owe_place(Kind.PULSE, where, payload, order.community_id, ended)
    return len(due)


def post(scene: Scene, delivery: Delivery) -> Reply | None:
    """The pulse of the month that is over, for everybody in the place it is posted in."""
    home = scene.unit.directory.community_by_id(number_in(delivery, "community"))
    order = None if home is None else scene.unit.wishes.order_of(home.id)
    if home is None or order is None or order.place_id != number_in(delivery, "place"):
        return None
    year, name = map(int, str(delivery.payload["until"]).split("-"))
    until = datetime(year, name, 1, tzinfo=zone_of(order.zone))
    since = pulse.months(until, 1)[0]
    local = since.astimezone(until.tzinfo)
    audience = Audience(scene.at, home.id, place_id=order.place_id)
    title = f"{month(local)} {local.year}"
    found = show(scene, home, audience, (since, until), title)
    if found is None:
        return None
    return replace(found, sections=(*found.sections, Section((FOOT_OF_POST,))), private=False)


# ── What it says ─────────────────────────────────────────────────────────────────────────────


def show(
    scene: Scene,
    home: Community,
    audience: Audience,
    span: tuple[datetime, datetime],
    title: str,
) -> Reply | None:
    """The pulse of some time in words and as a picture; None when there is nothing to tell.

    `span` ends in the time zone in which the picture's months begin.
    """
    since, until = span
    found = pulse.take(scene.unit, home.id, audience, since, until.astimezone(UTC))
    if found.is_silent:
        return None
    edges = pulse.months(until, MONTHS)
    counts = pulse.helped_by_month(scene.unit, home.id, audience, edges)
    bars = tuple(
        Bar(month(edge.astimezone(until.tzinfo))[:3], count)
        for edge, count in zip(edges[:-1], counts, strict=True)
    )
    lines = tuple(_lines(found))
    chart = Chart(
        name=f"pulse-{until:%Y-%m-%d}.png",
        title=title,
        facts=tuple(_facts(found)),
        caption=f"{CAPTION}, by month",
        bars=bars if any(one.value for one in bars) else (),
        alt=_alt(f"{home.name}: {title}", found, bars),
    )
    return Reply((Section((f"{title} in {home.name}:",), lines),), chart=chart)


def _lines(found: Pulse) -> Iterator[Line]:
    if found.asked:
        yield (_questions(found, found.asked),)
    if found.first_time:
        yield (f"{number(found.first_time, 'person', 'people')} helped for the first time.",)
    if found.topics:
        yield (
            f"Asked for by several, and nobody covers it yet: {listed(found.topics)}. "
            f"Whoever knows something about it says: iknow {found.topics[0]}",
        )
    if found.crossed:
        yield _crossed(found.crossed, found.links)


def _questions(found: Pulse, asked: int) -> str:
    many = f"{number(asked, 'question was', 'questions were')} asked"
    half = "" if found.wait is None else duration(found.wait)
    fast = f", half of them within {half}" if half else ""
    if found.helped is None:
        return f"{many}{f'; of the helped ones half within {half}' if half else ''}."
    if found.helped == asked:
        return f"{many} and all were helped{fast}."
    if found.helped == 0:
        return f"{many}. None was helped yet; they stay open."
    return f"{many} and {found.helped} were helped{fast}."


def _crossed(crossed: int, links: Sequence[Share]) -> Line:
    spans: list[Span] = [f"{number(crossed, 'link')} went from one place to another"]
    for share in links:
        begin = ": " if len(links) == crossed else ", among them "
        spans += [begin if len(spans) == 1 else ", ", receipts.linked(share)]
    return tuple(spans)


def duration(wait: timedelta) -> str:
    """A length of time as people say it: `40 minutes`, `3 hours`, `2 days`."""
    minutes = max(1, round(wait.total_seconds() / 60))
    if minutes < 60:  # noqa: PLR2004 - an hour
        return number(minutes, "minute")
    hours = round(minutes / 60)
    if hours < 48:  # noqa: PLR2004 - up to there hours say more
        return number(hours, "hour")
    return number(round(hours / 24), "day")


def _facts(found: Pulse) -> Iterator[tuple[str, str]]:
    if found.helped:
        yield str(found.helped), f"of {number(found.asked or 0, 'question')} helped"
    elif found.asked:
        yield str(found.asked), "questions asked"
    if found.wait is not None:
        much, _, unit = duration(found.wait).partition(" ")
        yield much, f"{unit} until half were helped"
    if found.first_time:
        yield str(found.first_time), "helped for the first time"
    if found.crossed:
        yield str(found.crossed), f"{'link' if found.crossed == 1 else 'links'} crossed places"


def _alt(title: str, found: Pulse, bars: Sequence[Bar]) -> str:
    """The picture in words."""
    said = [f"{much} {what}" for much, what in _facts(found)]
    told = [f"{one.label} {one.value}" for one in bars if one.value is not None]
    tail = f" {CAPTION}, by month: {', '.join(told)}." if told else ""
    return f"{title}. {listed(said)}.{tail}" if said else f"{title}.{tail}"
