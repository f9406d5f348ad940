"""Three linked communities in which one person, Wilhelmina, stands in every table there is.

All her words are canaries: they stand nowhere else. `is_hers` tells what she did from the rest, for
knowing what the others' conversations must look like once she is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.events import (
    AccountRef,
    AccountSeen,
    CommandUsed,
    CommunityRef,
    CommunitySeen,
    Event,
    LinkSaved,
    MembersSeen,
    MessageDeleted,
    MessagePosted,
    PlaceRef,
    PlaceSeen,
    Platform,
    ReactionChanged,
    Role,
    Unfurl,
    Visibility,
)
from bot.queues import Delivery, Destination, Json, key_of
from bot.replies import Reply
from tests.capture.world import minute

# On this platform an id is the same account in all communities.
HERE, THERE = CommunityRef(Platform.DISCORD, "100"), CommunityRef(Platform.DISCORD, "200")
BEYOND = CommunityRef(Platform.DISCORD, "300")
SQUARE, SHED = PlaceRef(HERE, "101"), PlaceRef(HERE, "102")
HALL = PlaceRef(THERE, "201")
PLACES = (SQUARE, SHED, HALL)
OUTSIDE = PlaceRef(BEYOND, "301")  # nobody told of it; an admin can agree to something all the same
NOW = minute(1_440)  # noon of the next day

WILHELMINA, OTHERS = "70017001700", ("80018001", "80018002", "80018003")
NAMES = ("Wilhelmina Quackenbush", "Mina Featherstonehaugh")
TIMEZONE = "Antarctica/Troll"
CANARIES = (
    WILHELMINA,
    *NAMES,
    *(name.split()[0] for name in NAMES),
    TIMEZONE,
    *("zanzibarium", "quokkology", "flumphered", "wozzlecraft", "xanthoid", "brobdingnag"),
    *("kwyjibo", "snollygoster", "gobbledygook", "flibbertigibbet", "zqlink", "zqtitle", "zqowed"),
    *("zqasked", "zqanswered"),
)


def who(ident: str = WILHELMINA, community: CommunityRef = HERE) -> AccountRef:
    return AccountRef(community, ident)


def said(
    by: str,
    ident: str,
    words: str,
    at: float,
    place: PlaceRef = SQUARE,
    thread: str | None = None,
    reply_to: str | None = None,
    unfurls: tuple[Unfurl, ...] = (),
) -> MessagePosted:
    author = who(by, place.community)
    return MessagePosted(place, author, ident, words, minute(at), thread, reply_to, unfurls=unfurls)


def setting() -> list[Event]:
    """The communities, places and people."""
    everybody = (WILHELMINA, *OTHERS)
    seen: list[Event] = []
    for home in (HERE, THERE, BEYOND):
        seen.append(CommunitySeen(home, f"Community {home.id}"))
        seen += [
            AccountSeen(who(other, home), f"Neighbour {other[-1]}", Role.ADMIN) for other in OTHERS
        ]
        seen += [
            AccountSeen(who(WILHELMINA, home), name, Role.ADMIN, timezone=TIMEZONE)
            for name in NAMES
        ]
    seen += [PlaceSeen(place, f"place-{place.id}", Visibility.PUBLIC) for place in PLACES]
    seen += [MembersSeen(place, everybody, minute(0)) for place in PLACES]
    return seen


def talk() -> list[Event]:
    """What everybody said and did. The others answer her in every way there is."""
    one, two, three = OTHERS
    her = WILHELMINA
    changed = said(her, "12", "flumphered xanthoid", 12)
    return [
        said(one, "1", "what eats kitchen scraps?", 0),
        said(her, "2", "zanzibarium worms, see https://zqlink.example/quokkology", 1),
        said(two, "3", "worms indeed", 2, reply_to="2"),
        said(three, "4", "mine eat bread", 3, reply_to="3"),
        said(one, "5", "a ladder for the loft?", 40),
        said(two, "6", "ask the library", 55),
        said(her, "7", "wozzlecraft has a ladder", 45),
        said(her, "20", "who repairs a kettle, zanzibarium?", 100),
        said(one, "21", "bring the kettle", 101, thread="20"),
        said(two, "22", "and the flex", 102, thread="20"),
        said(her, "23", "kettle thanks, flumphered", 103, thread="20"),
        said(one, "30", "bread flour?", 200, SHED),
        said(her, "31", "xanthoid rye", 201, SHED, thread="30"),
        said(one, "32", "flour at the mill", 202, SHED),
        changed,
        replace(changed, text="brobdingnag it is", edited_at=minute(14)),
        said(her, "13", "snollygoster, by mistake", 13),
        MessageDeleted(SQUARE, "13", minute(14)),
        said(her, "1", "kwyjibo for the hall", 0, HALL),
        said(two, "2", "for the hall, worms", 1, HALL),
        LinkSaved(
            said(
                her,
                "40",
                "https://zqlink.example/a",
                300,
                unfurls=(Unfurl("https://zqlink.example/a", "zqtitle of it"),),
            ),
            who(one),
            minute(301),
        ),
        ReactionChanged(SQUARE, "1", who(her), "flibbertigibbet", added=True, at=minute(4)),
        ReactionChanged(SQUARE, "2", who(one), "bee", added=True, at=minute(4)),
        ReactionChanged(SQUARE, "1", who(two), "sun", added=True, at=minute(4)),
    ]


def is_hers(event: Event) -> bool:
    """Whether it is Wilhelmina's doing, or done to what is hers."""
    match event:
        case MessagePosted():
            return event.author.id == WILHELMINA
        case LinkSaved():
            return event.message.author.id == WILHELMINA
        case MessageDeleted():
            return event.id == "13"
        case ReactionChanged():
            return event.account.id == WILHELMINA or event.message == "2"
        case AccountSeen():
            return event.account.id == WILHELMINA
        case _:
            return False


def posted(events: Sequence[Event]) -> list[Event]:
    """What was posted and deleted, a saved link's message included."""
    return [event.message if isinstance(event, LinkSaved) else event for event in events]


def command(by: str, name: str, words: str = "", place: PlaceRef = SQUARE) -> CommandUsed:
    return CommandUsed(place, who(by, place.community), name, words, NOW)


def token_of(reply: Reply, label: str) -> str:
    """The token of the first button that begins with a label."""
    buttons = [button for section in reply.sections for button in section.buttons]
    return next(button.token for button in buttons if button.label.startswith(label))


def owed(name: str, person_id: int | None, about_id: int | None) -> Delivery:
    """Something owed to her or about her."""
    destination = Destination(HERE, account=WILHELMINA if person_id else OTHERS[0])
    payload: dict[str, Json] = {"text": "zqowed", "name": NAMES[0]}
    return Delivery(key_of(name), destination, payload, minute(2_000), person_id, about_id)
