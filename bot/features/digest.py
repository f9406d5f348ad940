"""The digest: `digest daily 8:30`, `digest weekly mon`, `digest off`, `digest now`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.asking import hours
from bot.digest import composing, due
from bot.digest.model import Frequency, Subscription
from bot.digest.schedule import USUAL_MINUTE, is_night, next_after
from bot.features.manners import DAYS, MONTH, day_of_week
from bot.replies import Reply, Section
from bot.wording import day

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.replies import Button
    from bot.requests import Request

USAGE = (
    "Say digest daily 8:30, digest weekly mon 9:00, digest off, digest pause, or digest now to see "
    "what there is."
)
AT_NIGHT = "At night nobody wants to be written to: choose an hour between 6:00 and 22:00."
_DAILY = re.compile(r"daily(?: (?:at )?(\S+))?")
_WEEKLY = re.compile(r"weekly(?: (?:on )?([a-z]+))?(?: (?:at )?(\S+))?")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")
MOST_ZONES = 3
MOMENTS = 500  # the newest messages that tell when somebody writes


def reply(request: Request, text: str) -> Reply:
    """Answer `digest` and what may stand behind it."""
    said = " ".join(text.lower().split())
    if said in _SIMPLE:
        return _SIMPLE[said](request)
    if found := _DAILY.fullmatch(said):
        return _choose(request, Frequency.DAILY, None, found[1])
    if found := _WEEKLY.fullmatch(said):
        return _choose(request, Frequency.WEEKLY, found[1], found[2])
    return Reply.say(USAGE)


def _state_of(request: Request) -> Reply:
    return Reply((_state(request),))


def _choose(request: Request, often: Frequency, weekday: str | None, clock: str | None) -> Reply:
    day_wanted = 0 if weekday is None else day_of_week(weekday)
    minute = USUAL_MINUTE if clock is None else _minute(clock)
    if day_wanted is None or minute is None:
        return Reply.say(USAGE)
    if is_night(minute):
        return Reply.say(AT_NIGHT)
    return subscribe(request, often, day_wanted, minute)


def _minute(clock: str) -> int | None:
    found = _CLOCK.fullmatch(clock)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None  # noqa: PLR2004 - a clock


def subscribe(request: Request, often: Frequency, weekday: int, minute: int) -> Reply:
    """Send the person a digest from now on."""
    mine, known = request.account.person_id, request.unit.digests.of(request.account.person_id)
    since = request.at if known is None else known.since
    wanted = Subscription(mine, request.account.id, often, weekday, minute, None, since)
    zone = request.scene.zone(request.account, request.unit.manners.of(mine))
    wanted = replace(wanted, next_at=next_after(wanted, zone, request.at))
    request.unit.digests.save(wanted)
    return Reply((Section((f"Noted. {_when(wanted)}{_quiet(request, wanted)}",)), *_zone(request)))


def _quiet(request: Request, wanted: Subscription) -> str:
    """Whether it has to wait for the end of their quiet hours."""
    theirs = request.unit.manners.of(wanted.person_id)
    midnight = datetime.combine(request.at.date(), time())
    is_late = hours.is_quiet(replace(theirs, quiet_days=frozenset()), midnight + _minutes(wanted))
    end = f"{theirs.quiet_to // 60}:{theirs.quiet_to % 60:02}"
    return f" That is in your quiet hours, so it waits until {end}." if is_late else ""


def _minutes(wanted: Subscription) -> timedelta:
    return timedelta(minutes=wanted.minute)


def _when(wanted: Subscription) -> str:
    clock = f"{wanted.minute // 60}:{wanted.minute % 60:02}"
    match wanted.frequency:
        case Frequency.DAILY:
            return f"Your digest comes every day at {clock}, if there is anything to tell."
        case Frequency.WEEKLY:
            name = DAYS[wanted.weekday]
            return f"Your digest comes on {name}s at {clock}, if there is anything to tell."
        case Frequency.OFF:
            return "You get no digest."


def _zone(request: Request) -> tuple[Section, ...]:
    """Ask for a time zone where none is known, with a few guesses to press."""
    if request.account.timezone or request.unit.manners.of(request.account.person_id).timezone:
        return ()
    buttons = tuple(request.button(name, "zone", name) for name in _guesses(request))
    text = "I do not know your time zone, so these are hours in UTC. "
    hint = "Choose one, or say:" if buttons else "Say for example:"
    return (Section((f"{text}{hint} asking zone Europe/Berlin",), buttons=buttons),)


def _guesses(request: Request) -> list[str]:
    """Zones that somebody may live in: by when they write, then those of most people here."""
    moments = request.unit.own_data.moments(request.account_ids, MOMENTS)
    own = hours.guess(moments)
    people = request.unit.directory.people(request.community.id)
    said = request.unit.manners.zones({one.person_id for one in people})
    known = Counter(one.timezone for one in people if one.timezone)
    known.update(said)
    common = [name for name, _ in known.most_common() if hours.is_zone(name)]
    return list(dict.fromkeys([*([own] if own else []), *common]))[:MOST_ZONES]


def zone(request: Request, name: str) -> Reply:
    """The button with a time zone."""
    mine = request.unit.manners.of(request.account.person_id)
    request.unit.manners.save(replace(mine, timezone=name))
    due.rezone(request.scene, request.account)
    return Reply.say(f"Noted: your time is that of {name}.")


def _state(request: Request) -> Section:
    wanted = request.unit.digests.of(request.account.person_id)
    if wanted is None or wanted.frequency is Frequency.OFF:
        text = "You get no digest. To have one, press a button or say: digest weekly mon 9:00"
        return Section((text,), buttons=_offers(request))
    return Section((_when(wanted),), buttons=foot(request, wanted))


def summary(request: Request) -> list[Section]:
    """When the digest comes, if it does, and what can be done about it."""
    wanted = request.unit.digests.of(request.account.person_id)
    is_on = wanted is not None and wanted.frequency is not Frequency.OFF
    return [_state(request)] if is_on else []


def _offers(request: Request) -> tuple[Button, ...]:
    return (
        request.button("Every week", "digest", Frequency.WEEKLY.value),
        request.button("Every day", "digest", Frequency.DAILY.value),
    )


def offer(request: Request) -> tuple[Section, ...]:
    """Offer a digest, once: after the first answer that somebody gave."""
    mine = request.account.person_id
    if request.unit.digests.of(mine) is not None:
        return ()
    never = Subscription(mine, request.account.id, Frequency.OFF, 0, USUAL_MINUTE, None, request.at)
    request.unit.digests.save(never)
    text = (
        "Shall I write to you once a week what came of what you share, and what may interest you?"
    )
    return (Section((text,), buttons=_offers(request)),)


def chosen(request: Request, often: str) -> Reply:
    """The buttons for how often."""
    known = request.unit.digests.of(request.account.person_id)
    weekday, minute = (0, USUAL_MINUTE) if known is None else (known.weekday, known.minute)
    return subscribe(request, Frequency(often), weekday, minute)


def off(request: Request) -> Reply:
    """No digest any more."""
    known = request.unit.digests.of(request.account.person_id)
    if known is not None:
        wanted = replace(known, frequency=Frequency.OFF, next_at=None)
        request.unit.digests.save(wanted)
    return Reply.say("Understood: no digest any more. To have it again: digest weekly")


def pause(request: Request) -> Reply:
    """No digest for a month."""
    mine = request.account.person_id
    wanted = request.unit.digests.of(mine)
    if wanted is None or wanted.frequency is Frequency.OFF:
        return _state_of(request)
    zone_here = request.scene.zone(request.account, request.unit.manners.of(mine))
    until = next_after(wanted, zone_here, request.at + MONTH)
    request.unit.digests.save(replace(wanted, next_at=until))
    return Reply.say(f"All right: no digest before {day(request.at + MONTH, request.at)}.")


def not_this_month(request: Request) -> Reply:
    """No question for a month, neither in the digest nor otherwise."""
    mine = request.unit.manners.of(request.account.person_id)
    until = request.at + MONTH
    request.unit.manners.save(replace(mine, paused_until=until))
    return Reply.say(f"All right: you are asked nothing until {day(until, request.at)}.")


def now(request: Request) -> Reply:
    """Show what the digest would say now; the next one tells it all the same."""
    known = request.unit.digests.of(request.account.person_id)
    since = request.at - MONTH if known is None else min(known.since, request.at)
    found = composing.build(request.scene, request.account, since)
    return found or Reply.say("There is nothing new for you. That is all right, too.")


def foot(request: Request, wanted: Subscription) -> tuple[Button, ...]:
    """What can be done about a digest."""
    return composing.foot(request.button, wanted)


def less(request: Request, kind: str, key: str) -> Reply:
    """Less of something in the digest."""
    request.unit.digests.less_of(request.account.person_id, kind, key, request.at)
    return Reply.say("Understood: less of that. To have everything again: asking everything")


def list_me(request: Request, key: str, topic: str) -> Reply:
    """The person agrees to be listed for a topic."""
    request.unit.people.confirm(request.account.person_id, key, topic)
    return Reply.say(f"Noted: whoever asks about {topic} here can find you.")


def never_list(request: Request, key: str) -> Reply:
    """The person is never to be listed for a topic."""
    request.unit.people.hide(request.account.person_id, "topic", key)
    return Reply.say("Understood: never for that.")


_SIMPLE: dict[str, Callable[[Request], Reply]] = {
    "": _state_of,
    "now": now,
    "off": off,
    "pause": pause,
}
