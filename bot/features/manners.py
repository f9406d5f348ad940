"""How a person wants to be approached: whether and how often they are asked, and when never."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.asking.hours import MINUTES, is_zone
from bot.digest import due
from bot.replies import Reply, Section
from bot.wording import day, listed

if TYPE_CHECKING:
    from bot.asking.model import Manners
    from bot.requests import Request

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_WEEKLY = 20
MONTH = timedelta(days=30)
_HOURS = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(?:-|–|to)\s*(\d{1,2})(?::(\d{2}))?")
_WEEKLY = re.compile(r"(\d{1,2})(?: (?:a|per|times a) week)?")
USAGE = (
    "Say asking on or off, asking 3 a week, asking quiet 22-8, asking quiet sat sun, asking quiet "
    "never, asking zone Europe/Berlin, asking pause, or asking everything."
)


def reply(request: Request, text: str) -> Reply:
    """Answer `asking` and what may stand behind it."""
    said = " ".join(text.lower().split())
    if not said:
        return Reply((section(request),))
    if said in {"on", "off"}:
        return Reply.say(agree(request, agreed=said == "on"))
    mine = request.unit.manners.of(request.account.person_id)
    changed = _changed(mine, said, " ".join(text.split()), request)
    if changed is None:
        return Reply.say(USAGE)
    request.unit.manners.save(changed)
    if changed.timezone != mine.timezone:
        due.rezone(request.scene, request.account)
    return Reply.say(f"Noted. {summary(request)}")


def _changed(mine: Manners, said: str, typed: str, request: Request) -> Manners | None:
    """The manners after what was said; None when it makes no sense."""
    match said.split(" ", 1):
        case ["pause"]:
            return replace(mine, paused_until=request.at + MONTH)
        case ["everything"]:
            request.unit.manners.unmute(request.account.person_id)
            request.unit.digests.want_all(request.account.person_id)
            return replace(mine, paused_until=None)
        case ["quiet", when]:
            return _quiet_hours(mine, when) or _quiet_days(mine, when)
        case ["zone", _]:
            zone = typed.partition(" ")[2]
            return replace(mine, timezone=zone) if is_zone(zone) else None
        case _:
            return _weekly(mine, said)


def _weekly(mine: Manners, said: str) -> Manners | None:
    found = _WEEKLY.fullmatch(said)
    often = 0 if found is None else int(found[1])
    return replace(mine, weekly=often) if 0 < often <= MOST_WEEKLY else None


def _quiet_hours(mine: Manners, said: str) -> Manners | None:
    if said == "never":
        return replace(mine, quiet_from=0, quiet_to=0, quiet_days=frozenset())
    hours = _HOURS.fullmatch(said)
    if hours is None:
        return None
    begin = int(hours[1]) * 60 + int(hours[2] or 0)
    end = int(hours[3]) * 60 + int(hours[4] or 0)
    is_time = max(begin, end) < MINUTES
    return replace(mine, quiet_from=begin, quiet_to=end) if is_time else None


def _quiet_days(mine: Manners, said: str) -> Manners | None:
    if said in {"weekend", "weekends"}:
        said = "sat sun"
    found = {day_of_week(word) for word in re.split(r"[\s,]+", said)}
    if None in found:
        return None
    return replace(mine, quiet_days=frozenset(one for one in found if one is not None))


def day_of_week(word: str) -> int | None:
    """The day that `mon`, `monday` or a part of it means, 0 for Monday; None for no day."""
    names = [index for index, name in enumerate(DAYS) if name.lower().startswith(word)]
    is_clear = len(word) > 1 and len(names) == 1
    return names[0] if is_clear else None


def agree(request: Request, *, agreed: bool) -> str:
    """The person says whether they may be asked; what they are told."""
    mine = request.unit.manners.of(request.account.person_id)
    request.unit.manners.save(replace(mine, agreed=agreed, paused_until=None))
    if not agreed:
        return "Noted: I ask you nothing. You can still be found; me shows for what."
    return f"Noted. {summary(request)}"


def ask_me(request: Request) -> Reply:
    """The button "Ask me about such things"."""
    return Reply.say(agree(request, agreed=True))


def leave_me(request: Request) -> Reply:
    """The button "No"."""
    return Reply.say(agree(request, agreed=False))


def summary(request: Request) -> str:
    """How the person is asked, in a sentence or two."""
    mine = request.unit.manners.of(request.account.person_id)
    if not mine.agreed:
        return "Nobody is sent to you with a question: you have not said that you may be asked."
    if mine.paused_until is not None and mine.paused_until > request.at:
        return f"You are asked nothing until {day(mine.paused_until, request.at)}."
    return f"You may be asked {_often(mine)} at most{_quiet(mine)}."


def _often(mine: Manners) -> str:
    few = {1: "once", 2: "twice"}
    return f"{few.get(mine.weekly, f'{mine.weekly} times')} a week"


def _quiet(mine: Manners) -> str:
    said = []
    if mine.quiet_from != mine.quiet_to:
        said.append(f"between {_clock(mine.quiet_from)} and {_clock(mine.quiet_to)}")
    if mine.quiet_days:
        said.append(f"on {listed([DAYS[one] for one in sorted(mine.quiet_days)], 'or')}")
    return f", never {listed(said, 'or')}" if said else ""


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def section(request: Request) -> Section:
    """The switch on `me`."""
    mine = request.unit.manners.of(request.account.person_id)
    if mine.agreed:
        button = request.button("Don’t ask me", "leave-me")
    else:
        button = request.button("Others may ask me", "ask-me")
    return Section((summary(request),), buttons=(button,))


def offer(request: Request) -> tuple[Section, ...]:
    """Ask once, after somebody said what they know, whether others may ask them about it."""
    mine = request.unit.manners.of(request.account.person_id)
    if mine.agreed is not None or mine.offered:
        return ()
    request.unit.manners.save(replace(mine, offered=True))
    buttons = (request.button("Yes, ask me", "ask-me"), request.button("No", "leave-me"))
    text = f"May others ask you about this? {_often(mine).capitalize()} at most, never at night."
    return (Section((text,), buttons=buttons),)
