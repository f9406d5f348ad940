"""Links in message text: finding them, comparing them, showing whose page they are.

Three forms of a link exist. What `find_urls` returns is what the person posted and is what gets
clicked. `canonical` is only for comparing: two people who shared the same page have the same
canonical form. `host` is what a reader sees as the link's text.

Nothing here raises for any string, and the time grows linearly with the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from bot.text.hosts import public_host, shown_host
from bot.text.sites import Page, fold, is_tracking, wrapped_url

LONGEST = 2000
"""Characters a link may have, posted or canonical: longer ones are data, not addresses."""

# Bare addresses that the platforms link although no scheme stands before them.
_START = re.compile(
    r"https?://"
    r"|(?<![\w@/.-])(?:www\.(?=[\w-]{1,63}\.\w)|discord\.gg/|discord\.com/invite/"
    r"|join\.slack\.com/|t\.me/(?=\+|joinchat/))",
    re.IGNORECASE,
)
# Where a link ends for certain (white space, controls, surrogates, bidi marks, quotes, CJK
# punctuation), and where it may end (brackets and the bar).
_EDGE = re.compile(
    "[\\s\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069"
    '<>"`\u201c\u201d\u201e\u00ab\u00bb\u2026'
    "\u3001\u3002\uff0c\uff01\uff1f\uff1b\u300a-\u300f\u3010\u3011"
    r"()\[\]{}\uff08\uff09|]"
)
_CLOSER = {"(": ")", "[": "]", "{": "}", "\uff08": "\uff09"}
_QUERY_GOES_ON = re.compile(r"[?&#][\w.-]{1,40}=")
_TRAILING = ".,;:!?'*~|\\([{\uff08\uff1a\u2018\u2019\u200b\u2060\ufeff"


def find_urls(text: str) -> tuple[str, ...]:
    """Return the http(s) links of a message as posted, in order, each once.

    Punctuation and markdown around a link are not part of it: `<https://x.org>`,
    `<https://x.org|label>`, `[t](https://x.org)`, code spans and bold all give the bare link;
    balanced brackets stay. A bare `www.x.org` or `discord.gg/x` gets `https://`.
    """
    if not may_hold_url(text):
        return ()
    return tuple(dict.fromkeys(with_scheme(text[a:b]) for a, b in spans(text)))


def may_hold_url(text: str) -> bool:
    """Tell in well under a microsecond that most messages hold no link."""
    if "://" in text:
        return True
    return "." in text and (
        "ww." in text
        or "WW." in text
        or "d.gg/" in text
        or "t.me/" in text
        or ".com/invite/" in text
        or "join.slack" in text
    )


def with_scheme(found: str) -> str:
    """Return a link as it stands in a text, with `https://` where its scheme was left out."""
    return found if found[:4].lower() == "http" else f"https://{found}"


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every link in `text`, from left to right, without overlap."""
    position = 0
    while match := _START.search(text, position):
        begin = match.start()
        position = _stop(text, begin, match.end())
        markdown = "_" if text[begin - 1 : begin] == "_" else ""
        end = begin + len(text[begin:position].rstrip(_TRAILING + markdown))
        if end > match.end():
            yield begin, end


def _stop(text: str, begin: int, position: int) -> int:
    """Return where the run of link characters from `position` ends; each is looked at once."""
    in_slack_brackets = text[begin - 1 : begin] == "<"
    depth = dict.fromkeys(_CLOSER.values(), 0)
    while edge := _EDGE.search(text, position):
        position, mark = edge.end(), edge[0]
        if mark in _CLOSER:
            depth[_CLOSER[mark]] += 1
        elif mark in depth:
            if not depth[mark] and not _QUERY_GOES_ON.match(text, position):
                return edge.start()
            depth[mark] = max(0, depth[mark] - 1)
        elif mark != "|" or in_slack_brackets or _bar_divides(text, position):
            return edge.start()
    return len(text)


def _bar_divides(text: str, position: int) -> bool:
    """Tell whether a bar before `position` ends a spoiler or a table cell."""
    return text[position : position + 1] == "|" or _START.match(text, position) is not None


class Parts(NamedTuple):
    """A link taken apart as a browser would, nothing decoded; `path` begins with a slash."""

    userinfo: str
    host: str
    port: str
    path: str
    query: str
    fragment: str


_PARTS = re.compile(
    r"\s*https?:/{2,}([^/?#\\]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL
)
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:]*):?(.*)", re.DOTALL)


def split_url(url: str) -> Parts | None:
    r"""Take an http(s) link apart; None for anything else. Reads `\` as `/`, as browsers do."""
    match = _PARTS.fullmatch(url)
    if match is None:
        return None
    authority, path, query, fragment = match.groups(default="")
    userinfo, _, rest = authority.rpartition("@")
    place = _AUTHORITY.fullmatch(rest)
    host, port = place.groups() if place else ("", "")
    return Parts(userinfo, host, port, path.replace("\\", "/"), query, fragment)


def host(url: str) -> str:
    """Return the host a link leads to, for people to read, without `www.`; "" if it has none.

    Other scripts are shown as such unless a label mixes them in a way that could pass for another
    name: then it stays punycode (`xn--…`).
    """
    parts = split_url(url)
    return shown_host(parts.host) if parts else ""


_BROKEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_PORT = re.compile(r"0*([1-9]\d{0,4})", re.ASCII)
_LAST_PORT = 65535


def canonical(url: str) -> str | None:
    """Return the form of a link for comparing (never for clicking), or None.

    None means that it is no usable public http(s) address: no host, a private or local one, a
    wrong port, control characters, or more than `LONGEST` characters. User names, tracking
    parameters, fragments that are no routes, and the spelling of scheme, host and escapes do not
    count; well-known sites are folded to one address per page. `canonical` of a canonical form
    is itself.
    """
    if len(url) > LONGEST:
        return None
    url = url.strip()
    parts = None if _BROKEN.search(url) else split_url(url)
    address = public_host(parts.host) if parts else None
    if parts is None or address is None:
        return None
    port = _port(parts.port)
    return None if port is None else _compose(parts, address, port)


def _port(port: str) -> str | None:
    """Return `:8080`, "" for a default port, or None for a wrong one."""
    match = _PORT.fullmatch(port or "443")
    if match is None or int(match[1]) > _LAST_PORT:
        return None
    return "" if match[1] in {"80", "443"} else f":{match[1]}"


def _compose(parts: Parts, address: str, port: str) -> str | None:
    page = Page(address, _path(parts.path), _query(parts.query))
    if not port:
        if (target := wrapped_url(page)) and (found := canonical(target)):
            return found
        page = fold(page)
    items = (item for item in page.query if not is_tracking(page.host, item.partition("=")[0]))
    query = _ordered(tuple(items))
    result = f"https://{page.host}{port}{page.path}{query}{_route(parts.fragment)}"
    return result if len(result) <= LONGEST else None


_PLAIN = re.compile(r"[\w.~/!$'()*,:;@&=+-]*", re.ASCII)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_READABLE = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$'()*,:;@"
)
_SESSION_ID = re.compile(r";jsessionid=[^/]*", re.IGNORECASE)


def _escaped(text: str, also: str = "") -> str:
    """Return `text` with exactly one spelling of every character."""
    if _PLAIN.fullmatch(text):
        return text
    text = quote(_STRAY_PERCENT.sub("%25", text), safe=f"%/!$'()*,:;@&=+{also}")
    return _ESCAPE.sub(_one_spelling, text)


def _one_spelling(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _READABLE else match[0].upper()


def _path(path: str) -> str:
    path = _escaped(path)
    if ";" in path:
        path = _SESSION_ID.sub("", path)
    if "/." in path:
        path = _without_dots(path)
    return path.rstrip("/")


def _without_dots(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept = kept[:1] + kept[1:-1]
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


_AND = re.compile(r"&(?:amp;)*")


def _query(query: str) -> tuple[str, ...]:
    """Return the `key=value` items in the order they stand, each in one spelling."""
    if not query:
        return ()
    spelled = _escaped(query.replace("+", "%20"), also="?")
    return tuple(item for item in _AND.split(spelled) if item)


def _ordered(items: tuple[str, ...]) -> str:
    """Join items, sorted by key where they are pairs: without `=` the order may mean something."""
    if all("=" in item for item in items):
        items = tuple(sorted(items, key=lambda item: item.partition("=")[0]))
    return f"?{'&'.join(items)}" if items else ""


_HOLDS_STATE = re.compile(r"[!/].|[^:].*/|(?:code|codez|json|pako|state|z)[=:]|[^:].{100}")


def _route(fragment: str) -> str:
    """Return a fragment that selects what is shown (`#/x`, `#!x`, `#code=…`).

    A place in a page gives "": an anchor has no slash and is short.
    """
    route = _escaped(fragment, also="?#").rstrip("/")
    return f"#{route}" if _HOLDS_STATE.match(route) else ""
