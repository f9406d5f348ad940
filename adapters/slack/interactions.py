"""What people do with commands, buttons, forms and shortcuts, as our events: pure.

Payloads: https://docs.slack.dev/interactivity/handling-user-interaction and
https://docs.slack.dev/interactivity/implementing-slash-commands. Each one carries a `trigger_id`
of its own, which is what tells a repeated one apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from adapters.files.records import LeftOut, Record, id_of, inner, optional_id, records, text_of
from adapters.files.slack_messages import in_thread, slack_moment
from adapters.files.slack_text import readable
from adapters.slack.names import ASK, ASK_ANYWHERE, ASK_NETWORK, SAVE_LINK
from adapters.slack.people import stranger_seen
from adapters.slack.render import OPEN, PRESS, TURN
from adapters.slack.translate import read_message
from adapters.slack.views import FORM, Origin, values
from adapters.slack.workspace import Workspace
from bot.events import (
    AccountSeen,
    ButtonPressed,
    CommandUsed,
    Event,
    FormSubmitted,
    LinkSaved,
    MessagePosted,
    QuestionRaised,
    Role,
    Visibility,
)

HOME_TAB = "home"


@dataclass(frozen=True, slots=True)
class Interaction:
    """What somebody did, and how they can be answered.

    `event` is what it means, after `before`. `turn` is the page, `opens` the form that they asked
    for instead: what the adapter keeps itself. `trigger` opens a modal within 3 seconds; `origin`
    is where the answer belongs; `on_home`: it was done on the Home tab, `in_view`: in a modal.
    """

    user: str
    trigger: str
    origin: Origin
    event: Event | None = None
    before: tuple[Event, ...] = ()
    turn: str | None = None
    opens: str | None = None
    on_home: bool = False
    in_view: bool = False


def read(body: Record, home: Workspace, now: datetime) -> Interaction | None:
    """Return what an interactive payload or a command says; None for anything else."""
    try:
        match body.get("type"):
            case None if "command" in body:
                return _command(body, home, now)
            case "block_actions":
                return _action(body, home, now)
            case "view_submission":
                return _submission(body, home, now)
            case "message_action":
                return _on_message(body, home, now)
            case "shortcut":
                return _anywhere(body, home, now)
    except LeftOut:
        pass
    return None


def _command(body: Record, home: Workspace, now: datetime) -> Interaction:
    channel, user = id_of(body, "channel_id"), id_of(body, "user_id")
    name = id_of(body, "command").lstrip("/")
    text = readable(text_of(body, "text"), home.reader.people, home.reader.places)
    used = CommandUsed(home.place(channel), home.account(user), _bare(name, home), text, now)
    origin = Origin(channel, url=_url(body))
    before = _where(channel, optional_id(body, "channel_name") or "", home)
    return Interaction(user, id_of(body, "trigger_id"), origin, used, before)


def _bare(name: str, home: Workspace) -> str:
    """A command's name without the prefix that it is registered with here."""
    return name.removeprefix(home.prefix)


def _where(channel: str, name: str, home: Workspace) -> tuple[Event, ...]:
    """Say what the place of a command is, if it is new to us; Slack hides some names."""
    if channel in home.places:
        return ()
    seen = home.as_known(channel, Visibility.PUBLIC)
    match name:
        case "directmessage":
            return (replace(seen, visibility=Visibility.DIRECT),)
        case _ if name.startswith("mpdm-"):
            return (replace(seen, visibility=Visibility.DIRECT),)
        case "privategroup" | "":
            return (replace(seen, visibility=Visibility.PRIVATE),)
    return (replace(seen, name=name),)


def _action(body: Record, home: Workspace, now: datetime) -> Interaction:
    user, container = inner(body, "user"), inner(body, "container")
    action = next(iter(records(body.get("actions"))), {})
    view = inner(body, "view")
    on_home = view.get("type") == HOME_TAB
    origin = _origin(body, container, view)
    number = id_of(user, "id")
    done = Interaction(
        number,
        id_of(body, "trigger_id"),
        origin,
        before=_outsider(user, home),
        on_home=on_home,
        in_view=bool(view) and not on_home,
    )
    token = text_of(action, "value")
    match id_of(action, "action_id").partition("-")[0]:
        case what if what == TURN:
            return replace(done, turn=token)
        case what if what == OPEN:
            return replace(done, opens=token)
        case what if what == PRESS and token:
            place = home.place(origin.place or number)
            pressed = ButtonPressed(place, home.account(number), token, now)
            channel = inner(body, "channel")
            known = _where(origin.place, text_of(channel, "name"), home) if channel else ()
            return replace(done, event=pressed, before=(*done.before, *known))
    raise LeftOut


def _origin(body: Record, container: Record, view: Record) -> Origin:
    if view:
        return Origin.read(text_of(view, "private_metadata"))
    channel = optional_id(container, "channel_id") or ""
    return Origin(channel, optional_id(container, "thread_ts"), _url(body))


def _outsider(user: Record, home: Workspace) -> tuple[Event, ...]:
    """Whoever presses a button in a shared channel may belong to another team."""
    number, team = id_of(user, "id"), optional_id(user, "team_id")
    if team in {None, home.community.id} or number in home.people:
        return ()
    name = optional_id(user, "name") or number
    return (AccountSeen(home.account(number), name, Role.EXTERNAL),)


def _submission(body: Record, home: Workspace, now: datetime) -> Interaction:
    view, user = body.get("view"), id_of(inner(body, "user"), "id")
    if not isinstance(view, dict) or view.get("callback_id") != FORM:
        raise LeftOut
    origin = Origin.read(text_of(view, "private_metadata"))
    sent = FormSubmitted(
        home.place(origin.place or user),
        home.account(user),
        id_of(view, "external_id"),
        values(view),
        now,
    )
    return Interaction(user, id_of(body, "trigger_id"), origin, sent, in_view=True)


def _on_message(body: Record, home: Workspace, now: datetime) -> Interaction:
    user, channel = id_of(inner(body, "user"), "id"), inner(body, "channel")
    where = id_of(channel, "id")
    before = (*_where(where, text_of(channel, "name"), home), *_author(body, home))
    message = _shown(inner(body, "message"), where, home)
    who, made = home.account(user), id_of(body, "callback_id")
    events: dict[str, Event] = {
        SAVE_LINK: LinkSaved(message, who, now),
        ASK_NETWORK: QuestionRaised(in_thread(message), who, now),
    }
    if made not in events:
        raise LeftOut
    origin = Origin(where, in_thread(message).thread, _url(body))
    return Interaction(user, id_of(body, "trigger_id"), origin, events[made], before)


def _author(body: Record, home: Workspace) -> list[AccountSeen]:
    return stranger_seen(inner(body, "message"), home)


def _shown(message: Record, channel: str, home: Workspace) -> MessagePosted:
    """The message that somebody pointed at; one that a bot wrote is marked so."""
    try:
        return replace(read_message(message, channel, home), to_bot=False)
    except LeftOut:
        author = optional_id(message, "user") or optional_id(message, "bot_id") or home.bot_user
        ts = id_of(message, "ts")
        text = readable(text_of(message, "text"), home.reader.people, home.reader.places)
        who, at = home.account(author), slack_moment(ts)
        return MessagePosted(home.place(channel), who, ts, text, at, from_bot=True)


def _anywhere(body: Record, home: Workspace, now: datetime) -> Interaction:
    """The global shortcut is in no place: it is `ask` without a word, which opens the form."""
    user = id_of(inner(body, "user"), "id")
    if body.get("callback_id") != ASK_ANYWHERE:
        raise LeftOut
    used = CommandUsed(home.place(user), home.account(user), ASK, "", now)
    return Interaction(user, id_of(body, "trigger_id"), Origin(""), used)


def _url(body: Record) -> str | None:
    found = body.get("response_url")
    return found if isinstance(found, str) and found else None
