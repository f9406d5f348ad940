"""Every command, in one list: the help, the platforms' registrations and the tests come from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.features import (
    accounts,
    ask,
    bring,
    claims,
    credit,
    digest,
    feed,
    follow,
    linking,
    links,
    manners,
    me,
    places,
    privacy,
    pulse,
    stopping,
    suggesting,
    who_knows,
)
from bot.replies import Reply
from bot.requests import Request

Handler = Callable[[Request, str], Reply]
# What may be meant by the words behind a command while they are typed.
Suggests = Callable[[Request, str], list[str]]


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that people can ask for.

    `words` are what may stand behind the name; `example` a whole line that works; `under`: the
    platform command it is a part of, when it is none of its own; `phrases`: how it is said in
    plain words, as patterns with the words in group `text`. `writes`: whether it may change
    anything; `verbatim`: its words keep the signs at their end;
    `shared`: a private answer can be shown to all in the place; `suggests`: what is offered while
    the words are typed, where a platform can do that.
    """

    name: str
    words: str
    summary: str
    example: str
    handler: Handler
    under: str = ""
    phrases: tuple[str, ...] = ()
    admin: bool = False
    private: bool = False
    writes: bool = True
    verbatim: bool = False
    shared: bool = False
    suggests: Suggests | None = None


def _help(request: Request, text: str) -> Reply:
    from bot.features import help as helping  # noqa: PLC0415 - it lists the commands of this file

    return helping.reply(request, text)


def _who_knows(request: Request, text: str) -> Reply:
    """`whoknows topic`, and `whoknows @name` for what somebody knows."""
    if text.startswith(suggesting.PERSON):
        return me.named(request, text.removeprefix(suggesting.PERSON))
    return who_knows.reply(request, text)


GRAPEVINE = "grapevine"

COMMANDS: tuple[Command, ...] = (
    Command(
        "whoknows",
        "<topic>",
        "Who here knows about something, and what shows it",
        "whoknows sourdough",
        _who_knows,
        phrases=(
            r"(?:who|(?:does |has )?any(?:one|body))(?:['’]s| else)?(?: here)? "
            r"(?:knows?|understands?)(?: (?:anything|something|a lot))?"
            r"(?: about| of| how to)?(?P<text>| .+)",
            r"who can (?:help|tell) (?:me )?(?:with |about |something about )?(?P<text>.+)",
            r"who(?: here)? is (?:good (?:at|with)|into) (?P<text>.+)",
            r"who (?:can|should|could) (?:i|we) ask about (?P<text>.+)",
        ),
        writes=False,
        shared=True,
        suggests=suggesting.topics_and_people,
    ),
    Command(
        "ask",
        "[question]",
        "Ask the network: what was shared already, then the people who may know",
        "ask Does anybody know a quiet printer for a library?",
        ask.reply,
        phrases=(
            r"(?:can you |could you )?ask (?:the network|around|people|everybody|everyone|them)"
            r"(?: about| for| if| whether)?[:,]? *(?P<text>.*)",
        ),
        verbatim=True,
    ),
    Command(
        "asking",
        "[on | off | 3 a week | quiet 22-8 | zone <name> | pause]",
        "Whether and how often others may ask you",
        "asking on",
        manners.reply,
        private=True,
    ),
    Command(
        "links",
        "[topic]",
        "Links that people shared, and who shared them first",
        "links compost",
        links.reply,
        phrases=(
            r"(?:(?:any|show me|find|give me)(?: the| some)? )?"
            r"links? (?:about|on|for|to) (?P<text>.+)",
        ),
        writes=False,
        shared=True,
        suggests=suggesting.topics,
    ),
    Command(
        "iknow",
        "[topic, topic | -topic]",
        "Say what you know, take it back, or see the list",
        "iknow rust, sourdough",
        claims.reply,
        phrases=(r"i know(?: about)? (?P<text>.+)",),
        private=True,
        suggests=suggesting.topics,
    ),
    Command(
        "digest",
        "[daily 8:30 | weekly mon 9:00 | off | now | pause]",
        "A summary of what comes back to you, at your own hour",
        "digest weekly mon 9:00",
        digest.reply,
        private=True,
    ),
    Command(
        "follow",
        "[topic]",
        "Have what is new about a topic in your digest",
        "follow sourdough",
        follow.reply,
        private=True,
        suggests=suggesting.topics,
    ),
    Command(
        "unfollow",
        "<topic>",
        "Have it there no more",
        "unfollow sourdough",
        follow.unfollow,
        private=True,
        suggests=follow.followed,
    ),
    Command(
        "feed",
        "[topic | here | me | off]",
        "Links that are shared here, for your feed reader or bookmarks",
        "feed sourdough",
        feed.reply,
        private=True,
        suggests=suggesting.topics,
    ),
    Command(
        "bring",
        "[address of a feed | off <address>]",
        "Have what you publish in your own feed count as shared here",
        "bring https://example.org/feed.xml",
        bring.reply,
        private=True,
        verbatim=True,
    ),
    Command(
        "me",
        "[feed | bring]",
        "What you are listed for and why; hide what should not be",
        "me",
        me.reply,
        phrases=(r"(?:what do you know about|show) me(?P<text>)",),
        private=True,
    ),
    Command(
        "pulse",
        "[here | off]",
        "How many questions were helped and how fast; never a person",
        "pulse",
        pulse.reply,
        under=GRAPEVINE,
        shared=True,
    ),
    Command(
        "privacy",
        "",
        "What is kept, how long, and who sees it",
        "privacy",
        privacy.reply,
        phrases=(r"what do you (?:keep|store|remember)(?: (?:of|about) me)?(?P<text>)",),
        under=GRAPEVINE,
        private=True,
        writes=False,
    ),
    Command(
        "export",
        "",
        "Take along everything that is kept of you",
        "export",
        privacy.export,
        under=GRAPEVINE,
        private=True,
        writes=False,
    ),
    Command(
        "forget-me",
        "",
        "Remove you from everything that is kept",
        "forget-me",
        privacy.ask_to_forget,
        under=GRAPEVINE,
        phrases=(r"(?:forget|delete|remove) me(?P<text>)", r"(?:delete|remove) my data(?P<text>)"),
        private=True,
    ),
    Command(
        "here",
        "[on | off]",
        "Whether what is said in this place is kept",
        "here",
        places.here,
        under=GRAPEVINE,
    ),
    Command(
        "credit",
        "[on | off]",
        "Whether a link that comes again in this place gets a note of who shared it before",
        "credit on",
        credit.reply,
        under=GRAPEVINE,
        private=True,
    ),
    Command(
        "listing",
        "[open | confirmed]",
        "How people come to be listed",
        "listing",
        places.listing,
        under=GRAPEVINE,
        admin=True,
        private=True,
    ),
    Command(
        "link",
        "[new | <code> | end <community>]",
        "Agree with another community to share with each other",
        "link new",
        linking.reply,
        under=GRAPEVINE,
        admin=True,
        private=True,
    ),
    Command(
        "share",
        "[on | off]",
        "Whether this place can be found in linked communities",
        "share on",
        linking.share,
        under=GRAPEVINE,
        admin=True,
        private=True,
    ),
    Command(
        "questions",
        "[on | off]",
        "Whether questions of linked communities are posted here",
        "questions on",
        linking.questions,
        under=GRAPEVINE,
        admin=True,
        private=True,
    ),
    Command(
        "accounts",
        "[code | <code> | apart]",
        "Be one person with several accounts",
        "accounts",
        accounts.reply,
        under=GRAPEVINE,
        private=True,
    ),
    Command(
        "stop",
        "",
        "End a question at once, everywhere",
        "stop",
        stopping.reply,
        under=GRAPEVINE,
        admin=True,
        private=True,
    ),
    Command(
        "help",
        "[command]",
        "What I can do",
        "help",
        _help,
        phrases=(
            r"(?:hello|hi|hey|help me)(?P<text>)",
            r"what can (?:you|i) do(?: here)?(?P<text>)",
        ),
        under=GRAPEVINE,
        private=True,
        writes=False,
    ),
)

BY_NAME: dict[str, Command] = {command.name: command for command in COMMANDS}
assert len(BY_NAME) == len(COMMANDS), "two commands have one name"

# What a forgotten person says to be known again; it needs no account, so it is no command.
REMEMBER_ME = "remember-me"

_PHRASES = [
    (re.compile(rf"^(?:please )?{phrase}$", re.IGNORECASE | re.DOTALL), command)
    for command in COMMANDS
    for phrase in command.phrases
]


def parse(name: str, text: str) -> tuple[Command, str] | None:
    """The command that a platform's command means, with its words; None when there is none.

    `/grapevine here off` and `/here off` are the same.
    """
    name, text = name.lower().lstrip("/"), text.strip()
    if name == GRAPEVINE:
        head, _, rest = text.partition(" ")
        name, text = (head.lower() or "help"), rest.strip()
    command = BY_NAME.get(name)
    return None if command is None else (command, text)


def understand(sentence: str) -> tuple[Command, str] | None:
    """The command that plain words mean (`who knows about bees?`), with its words."""
    said = " ".join(sentence.split()).strip()
    bare = said.rstrip("?!. ")
    for pattern, command in _PHRASES:
        found = pattern.match(bare)
        if found:
            end = len(said) if command.verbatim else found.end("text")
            return command, said[found.start("text") : end].strip()
    if not bare:
        return BY_NAME["help"], ""
    head, _, rest = said.partition(" ")
    return parse(head.rstrip("?!.,:").replace("_", "-"), rest)
