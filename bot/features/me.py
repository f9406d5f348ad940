"""My page: what I am listed for and why, and everything I can change about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.asking.coming_back import thanks_lines
from bot.features import (
    accounts,
    bring,
    claims,
    digest,
    feed,
    follow,
    manners,
    newcomers,
    questions,
)
from bot.features.topics import topics_of
from bot.model import Listing
from bot.replies import Button, Line, Reply, Section, Strong
from bot.text import words
from bot.wording import listed, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.features.topics import Topic
    from bot.model import Account
    from bot.requests import Request

# The same for somebody who is in no list and somebody of whom there is nothing.
NOTHING_TO_SHOW = "I know nothing of them that could be shown."


def reply(request: Request, text: str) -> Reply:
    """Answer `me`: always private, whoever asks and wherever; `me feed` and `me bring`."""
    head, _, rest = text.strip().partition(" ")
    match head.lower():
        case "feed":
            return feed.reply(request, rest or "me")
        case "bring":
            return bring.reply(request, rest)
    sections = [*newcomers.steps(request), _state(request)]
    if not request.unit.people.is_unlisted(request.account.person_id):
        topics = topics_of(
            request.unit,
            request.account.person_id,
            request.account_ids,
            request.account.name,
            request.own,
            request.at,
        )
        sections += [_section(topic, request) for topic in topics] or [_nothing_yet()]
    sections.append(Section(heading=(claims.summary(request),)))
    sections += _hidden(request)
    sections += questions.mine(request)
    sections += _thanks(request)
    sections.append(manners.section(request))
    sections += digest.summary(request)
    sections.append(Section(heading=(follow.summary(request),)))
    sections += [*feed.summary(request), *bring.summary(request)]
    sections.append(Section(heading=(accounts.summary(request),)))
    return Reply(tuple(sections))


def _thanks(request: Request) -> list[Section]:
    """The thanks that this person has not heard of yet; now they have."""
    lines = thanks_lines(request.scene, request.account)
    if not lines:
        return []
    request.unit.answers.tell(request.account_ids, request.at, request.at)
    return [Section(("What you shared was of use:",), tuple(lines))]


def of(request: Request, about: Account | None) -> Reply:
    """Answer "What do they know?": what somebody is found for, as far as the viewer may see it."""
    if about is None or not request.unit.people.nameable([about.id]):
        return Reply.say(NOTHING_TO_SHOW, private=request.private)
    theirs = request.unit.directory.accounts_of(about.person_id)
    is_listed = _listed_for(request, about.person_id)
    topics = topics_of(
        request.unit,
        about.person_id,
        theirs,
        about.name,
        request.audience,
        request.at,
        is_listed,
    )
    claimed = request.unit.evidence.claims_by(theirs, request.audience)
    said = [one.topic for one in claimed if is_listed(words.terms(one.topic))]
    sections = [
        Section((Strong(topic.name),), tuple(one.line for one in topic.receipts))
        for topic in topics
    ]
    if said:
        sections.append(Section((f"{about.name} says: knows {listed(list(dict.fromkeys(said)))}",)))
    if not sections:
        return Reply.say(NOTHING_TO_SHOW, private=request.private)
    head = Section(("What ", Strong(about.name), " is found for:"))
    return Reply((head, *sections), private=request.private)


def named(request: Request, name: str) -> Reply:
    """Answer `whoknows @name`: the same, of whoever is called so here."""
    wanted = words.fold(" ".join(name.split()))
    here = request.unit.directory.people(request.community.id)
    found = [one for one in here if words.fold(one.name) == wanted]
    replies = [of(request, one) for one in found] or [of(request, None)]
    telling = [one for one in replies if len(one.sections) > 1] or replies[:1]
    return replace(telling[0], sections=tuple(s for one in telling for s in one.sections))


def _listed_for(request: Request, person_id: int) -> Callable[[Iterable[str]], bool]:
    """Whether somebody may be listed for a topic, by its terms: as `whoknows` decides it."""
    people = request.unit.people
    hidden = people.hidden_by([person_id]).get(person_id, set())
    never = {key for kind, key in hidden if kind == "topic"}
    confirmed = people.confirmed_by([person_id]).get(person_id, set())
    is_open = request.community.listing is Listing.OPEN

    def decide(terms: Iterable[str]) -> bool:
        held = set(terms)
        if any(held.issuperset(key.split()) for key in never):
            return False
        return is_open or any(held.issuperset(key.split()) for key in confirmed)

    return decide


def _state(request: Request) -> Section:
    if request.unit.people.is_unlisted(request.account.person_id):
        button = request.button("List me again", "list-me")
        return Section(
            heading=("You are in no list: nobody is pointed to you.",), buttons=(button,)
        )
    button = request.button("Take me off all lists", "unlist-me")
    text = "What people find you for most, and what shows it. Hide what nobody should be shown."
    return Section(heading=(text,), buttons=(button,))


def _nothing_yet() -> Section:
    return Section(heading=("Nothing yet. Answer somebody or share a link, and it stands here.",))


def _section(topic: Topic, request: Request) -> Section:
    buttons: list[Button] = []
    lines: list[Line] = []
    for index, receipt in enumerate(topic.receipts, 1):
        lines.append((f"{index}. ", *receipt.line))
        buttons.append(request.button(f"Hide {index}", "hide", receipt.kind, receipt.key))
    hide_all = request.button(f"Never for “{topic.name}”", "hide", "topic", topic.key)
    return Section((Strong(topic.name),), tuple(lines), (*buttons, hide_all))


def _hidden(request: Request) -> list[Section]:
    hidden = request.unit.people.hidden_by([request.account.person_id])
    count = len(hidden.get(request.account.person_id, ()))
    if not count:
        return []
    button = request.button("Show them again", "show-all")
    return [Section(heading=(f"You hid {number(count, 'thing')}.",), buttons=(button,))]


# ── Changing it ──────────────────────────────────────────────────────────────────────────────


def hide(request: Request, kind: str, key: str) -> Reply:
    """Keep a receipt or a topic out of every list from now on."""
    request.unit.people.hide(request.account.person_id, kind, key)
    return Reply.say("Hidden. Nobody is shown that about you any more.")


def show_all(request: Request) -> Reply:
    """Undo all hiding."""
    count = request.unit.people.show_all(request.account.person_id)
    if not count:
        return Reply.say("Nothing is hidden.")
    return Reply.say(f"Done: {number(count, 'thing')} you had hidden can be found again.")


def unlist(request: Request) -> Reply:
    """Take the person off every list."""
    request.unit.people.set_unlisted(request.account.person_id, unlisted=True)
    again = request.button("List me again", "list-me")
    return Reply.say("Done: you are in no list, and nobody is pointed to you.", buttons=(again,))


def list_again(request: Request) -> Reply:
    """Put the person back."""
    request.unit.people.set_unlisted(request.account.person_id, unlisted=False)
    return Reply.say("Welcome back: people can find you again.")
