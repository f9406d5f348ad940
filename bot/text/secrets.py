"""Links that carry a secret: recognised, neither stored nor fetched, only their host is kept.

Whoever holds such a link can act as somebody, join something or read something private: a reset
or magic link, a presigned file, an invitation, a webhook, an API key. Fetching one may also use it
up. Four signs are looked for, from the certain to the likely:

1. a user name in the address, or a token whose form gives it away (a JWT, `ghp_…`);
2. a well-known site and a path or parameter that is a key there (`discord.gg/…`, `?rlkey=`);
3. a parameter whose name promises a secret and whose value looks like one (`?token=…`), in the
   query or the fragment;
4. a path that speaks of resetting, inviting, verifying, … and then a value that looks random.

Names alone are not enough (`?code=404`, `/docs/reset-password`), and random values alone are not
either (commits, UUIDs, video ids): that is what keeps ordinary links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from bot.text.randomness import looks_random
from bot.text.sites import is_tracking
from bot.text.urls import Parts, host, may_hold_url, spans, split_url, with_scheme

_NESTING = 3
"""How many links inside links are looked into (`?next=https://…`)."""


def redact(text: str) -> str:
    """Return `text` with every link that carries a secret cut down to `https://<host>/…`.

    Also cuts `scheme://user:password@host…` of other schemes (databases, ftp). All else stays as
    it is; redacting twice changes nothing more. Raises for no string.
    """
    if not may_hold_url(text):
        return text
    kept: list[str] = []
    position = 0
    for begin, end in spans(text):
        url = with_scheme(text[begin:end])
        if carries_secret(url):
            kept += (
                text[position:begin],
                f"https://{name}/…" if (name := host(url)) else "https://…",
            )
            position = end
    kept.append(text[position:])
    return _LOGIN.sub(r"\1…", "".join(kept))


_LOGIN = re.compile(
    r"(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]{0,30}://)"
    r"[^\s/?#@:<>\"`]{0,256}:[^\s/?#@<>\"`]{1,256}@[^\s<>\"`…]*"
)


def carries_secret(url: str) -> bool:
    """Tell whether holding this http(s) link is holding a key. Raises for no string."""
    return _carries_secret(url, _NESTING)


def _carries_secret(url: str, nesting: int) -> bool:
    parts = split_url(url)
    if parts is None:
        return False
    return bool(
        parts.userinfo
        or _TELLTALE.search(url)
        or _is_key_on_its_site(parts)
        or _has_secret_field(parts, nesting)
        or _has_secret_path(parts)
        or _is_key_itself(parts.fragment)
    )


# Forms that issuers publish so that scanners find their tokens; and a login inside a path.
_TELLTALE = re.compile(
    r"GHSAT0\w{20}|/z-app-\d|(?:(?<![\w-])|(?<=%[0-9A-F][0-9A-F]))eyJ[\w-]{8,}\.[\w-]{8,}\."
    r"|\b(?:gh[opsur]_[A-Za-z0-9]{30}|github_pat_\w{20}|glpat-[\w-]{16}|xox[abeoprs]-[\w-]{10}"
    r"|xapp-\d-\w{8}|[rs]k_(?:live|test)_\w{10}|whsec_\w{16}|A[KS]IA[0-9A-Z]{16}"
    r"|AIza[\w-]{35}|SG\.[\w-]{16,}\.[\w-]{16}|npm_[A-Za-z0-9]{36}|pypi-\w{40}"
    r"|hf_[A-Za-z0-9]{30}|ya29\.[\w-]{20})"
    r"|;(?i:jsessionid|phpsessid|sid)=\w{8}"
    r"|^[^?#]*//[^\s/?#@:]+:[^\s/?#@]+@",
    re.ASCII,
)

_MEETING = r"[?&](?:pwd|tk|zak)=\w"
_DISCORD = r"/invite/\w|/api/(?:v\d+/)?webhooks/\w|^/[a-z-]*attachments/.*[?&]hm=\w"
_TELEGRAM = r"/(?:joinchat/|\+)[\w-]"
_MEGA = r"#.{0,40}[!\w-]{16}"
_GOOGLE_FILE = r"[?&]resourcekey=\w"
_SITES = {
    site: re.compile(pattern)
    for site, pattern in {
        "1ty.me": r"/\w",
        "api.telegram.org": r"/bot\d+:",
        "calendar.google.com": r"/private-\w",
        "chat.googleapis.com": r"^[^?]*/messages\?.*key=",
        "chat.whatsapp.com": r"/\w{10}",
        "checkout.stripe.com": r"/pay/\w",
        "discord.com": _DISCORD,
        "discord.gg": r"/\w",
        "discordapp.com": _DISCORD,
        "discordapp.net": _DISCORD,
        "docs.google.com": _GOOGLE_FILE,
        "drive.google.com": _GOOGLE_FILE,
        "dropbox.com": r"[?&]rlkey=\w",
        "excalidraw.com": r"#(?:json|room)=[\w-]",
        "files.slack.com": r"/\w",
        "hc-ping.com": r"/\w",
        "hooks.slack.com": r"/\w",
        "hooks.zapier.com": r"/hooks/\w",
        "invoice.stripe.com": r"/i/\w",
        "join.slack.com": r"/shared_invite/|/signup/",
        "maker.ifttt.com": r"/with/key/\w",
        "meet.google.com": r"/[a-z]{3,4}-[a-z]{4}-[a-z]{3,4}\b|/lookup/\w",
        "mega.co.nz": _MEGA,
        "mega.nz": _MEGA,
        "onetimesecret.com": r"/(?:secret|private|receipt)/\w",
        "outlook.office.com": r"/webhook/\w",
        "outlook.office365.com": r"^/owa/calendar/\w",
        "overleaf.com": r"/read/\w|/\d+[a-z]{12}\b",
        "password.link": r"/\w",
        "privnote.com": r"^/\w+#\w",
        "pwpush.com": r"/p/\w",
        "scrt.link": r"#\w",
        "send.bitwarden.com": r"#\w",
        "share.1password.com": r"/s\b",
        "signal.group": r"#\w",
        "slack-files.com": r"/\w",
        "t.me": _TELEGRAM,
        "teams.live.com": r"/meet/\w",
        "teams.microsoft.com": r"/l/meetup-join/|/meet/\w",
        "telegram.me": _TELEGRAM,
        "trello.com": r"/invite/\w",
        "vault.bitwarden.com": r"#/send/\w",
        "webex.com": r"[?&]MTID=\w",
        "webhook.office.com": r"/\w",
        "wormhole.app": r"^/\w+#\w",
        "yopass.se": r"#/\w",
        "zoom.us": _MEETING,
        "zoomgov.com": _MEETING,
    }.items()
}


def _is_key_on_its_site(parts: Parts) -> bool:
    pattern = _site_pattern(parts.host.lower().removesuffix("."))
    if pattern is None:
        return False
    query = f"?{parts.query}" if parts.query else ""
    return bool(pattern.search(f"{parts.path}{query}#{parts.fragment}"))


_DEEPEST = 4  # labels above a site: `a.b.zoom.us`


def _site_pattern(name: str) -> re.Pattern[str] | None:
    """Return the rule of a site or of the site it belongs to (`us02web.zoom.us`: `zoom.us`)."""
    for _ in range(_DEEPEST):
        if pattern := _SITES.get(name):
            return pattern
        name = name.partition(".")[2]
    return None


_ALWAYS = frozenset(
    """
    access_token api_key apikey auth_token authtoken awsaccesskeyid bearer client_secret
    googleaccessid id_token jsessionid jwt key_pair_id oauth_token ossaccesskeyid otp passcode
    passphrase passwd password phpsessid private_token pwd refresh_token samlrequest samlresponse
    secret_key session_token totp x_amz_credential x_amz_security_token x_amz_signature
    x_goog_credential x_goog_signature x_api_key
    """.split()
)
_LIKELY = frozenset(
    """
    access_code assertion auth auth_code authorization code_verifier confirm confirmation
    credential edit2 hmac invitation invite invite_code invitecode magic oobcode secret session
    session_id sessionid sid sig sign signature sso sso_code ticket token unsubscribe
    verification verification_code verify
    """.split()
)
_LIKELY_ENDINGS = ("token", "_secret", "_signature", "_sig", "_auth", "_session", "_ticket")
_KEY_ENDINGS = ("_key", "authkey", "sharekey", "accesskey", "secretkey")
_HARMLESS = frozenset(
    """
    continuation_token next_page_token next_token nextpagetoken page_token pagetoken primary_key
    public_key publishable_key site_key sitekey sort_key partition_key foreign_key sync_token
    """.split()
)
_NO_VALUE = re.compile(
    r"(?:your|my|the|some|insert|enter|put|example|sample|dummy|demo|test|todo|redacted|hidden|true"
    r"|false|yes|no|on|off|null|none|undefined|reset|forgot|forgotten|change|changed|required"
    r"|optional|value|string|token|password|secret|key|api|x{3,}|\*+|\.{2,})(?:[\s_-].*)?|[<{\[$].*",
    re.IGNORECASE | re.DOTALL,
)
_SHORTEST = 4
_LIKELY_LENGTH = 8
_KEY_LENGTH = 16
_LONGEST_KEY = 64
_LONGEST_CODE = 128  # a longer `code` without `state` is a playground's program


def _has_secret_field(parts: Parts, nesting: int) -> bool:
    return _scan(parts.query, nesting) or ("=" in parts.fragment and _scan_fragment(parts, nesting))


def _scan_fragment(parts: Parts, nesting: int) -> bool:
    """Look into `#access_token=…&…` and `#/route?token=…`."""
    return _scan(parts.fragment.rpartition("?")[2], nesting)


def _scan(query: str, nesting: int) -> bool:
    returns_code = "state=" in query or "scope=" in query
    return any(
        _is_secret_value(key, value, returns_code=returns_code)
        or _holds_secret_link(value, nesting)
        for key, value in _fields(query)
    )


def _fields(query: str) -> Iterator[tuple[str, str]]:
    r"""Yield (name, value) pairs; reads `\?a\=b`, as people paste it from a shell, and `&amp;`."""
    for item in query.replace("\\", "").split("&"):
        key, _, value = item.partition("=")
        if value:
            key = unquote(key) if "%" in key else key
            name = key.lower().replace("-", "_").removeprefix("amp;").rstrip("]")
            yield name.rpartition("[")[2], unquote(value) if "%" in value else value


def _is_secret_value(name: str, value: str, *, returns_code: bool) -> bool:
    if name in _ALWAYS or name.endswith("password"):
        return len(value) >= _SHORTEST and not _NO_VALUE.fullmatch(value)
    if name in _HARMLESS:
        return False
    if name in _LIKELY or name.endswith(_LIKELY_ENDINGS):
        return looks_random(value, _LIKELY_LENGTH)
    if name == "code":
        return looks_random(value, _LIKELY_LENGTH if returns_code else _KEY_LENGTH) and (
            returns_code or len(value) <= _LONGEST_CODE
        )
    if name in {"feed", "key", "md5"} or name.endswith(_KEY_ENDINGS):
        return looks_random(value, _KEY_LENGTH)
    return False


def _holds_secret_link(value: str, nesting: int) -> bool:
    return nesting > 0 and value[:4].lower() == "http" and _carries_secret(value, nesting - 1)


_OPENS_SOMETHING = re.compile(
    r"(?<![A-Za-z])(?:(?:accept|account|change|confirm|email|forgot|password|reset|set|user|verify)"
    r"[_.-]?)?(?:accept|activate|activation|confirm|confirmation|forgot|impersonate|invitations?"
    r"|invites?|join|magic(?:[_-]?(?:link|login|auth)|(?=/|$))|onetime|one-time|optout|opt-out"
    r"|passwd|password|passwordless|recover|recovery|reset|secrets?|unsubscribe|validate"
    r"|verification|verify|webhooks?)(?:[_.-]?(?:account|code|email|invite|link|token|user))?"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)
_ACTS = re.compile(
    r"activ|confirm|invit|magic|optout|opt-out|recover|reset|unsubscribe|validate|verif",
    re.IGNORECASE,
)
_SIGNS_IN = re.compile(
    r"(?<![A-Za-z])(?:auth|callback|login|otp|private|session|signin|sign-in|sso|token)(?![A-Za-z])",
    re.IGNORECASE,
)
# Where such words are subjects of texts, or names of software next to the hash of a revision.
_ABOUT = re.compile(
    r"/(?:archives?|blame|blob|commits?|compare|discussions|docs?|documentation|gist|guides?|issues"
    r"|merge_requests|package|pull|questions|raw|reference|releases|tags?|tree|tutorials?|wiki)/",
    re.IGNORECASE,
)
_PATH_LENGTH = 8
_PATH_CHANGES = 0.3
_QUERY_LENGTH = 10
_SIGN_IN_LENGTH = 20


def _has_secret_path(parts: Parts) -> bool:
    """Look for a word that opens something, and behind it a random value."""
    return _opens(parts.path, parts.query) or (
        parts.fragment.startswith(("/", "!/")) and _opens(*parts.fragment.partition("?")[::2])
    )


def _opens(path: str, query: str) -> bool:
    if _ABOUT.search(path):
        return False
    if word := _OPENS_SOMETHING.search(path):
        return _random_behind(path, query, word)
    word = _SIGNS_IN.search(path)
    return word is not None and looks_random(path[word.end() :], _SIGN_IN_LENGTH, uuid=False)


_WORD = re.compile(r"(?<![A-Za-z0-9])[a-z]{3,}(?![A-Za-z0-9])")
_TITLE = re.compile(r"[^-_.+]*(?:[-_.+][^-_.+]*){3,}")


def _random_behind(path: str, query: str, word: re.Match[str]) -> bool:
    """Look behind the word: `/reset/4f…`, `/reset-4f…`; not `/how-we-verify-builds-4f…`."""
    start = path.rfind("/", 0, word.start()) + 1
    rest, _, later = path[word.end() :].partition("/")
    if start == word.start() and not _WORD.search(rest):
        later = f"{rest}/{later}"
    elif _TITLE.fullmatch(path, start, word.end() + len(rest)):
        return False
    return looks_random(later, _PATH_LENGTH, _PATH_CHANGES) or (
        _ACTS.search(word[0]) is not None and _random_query(query)
    )


def _random_query(query: str) -> bool:
    if query and "=" not in query:
        return looks_random(query, _QUERY_LENGTH)
    return any(
        looks_random(value, _QUERY_LENGTH)
        for name, value in _fields(query)
        if not is_tracking("", name)
    )


_KEY_ALONE = re.compile(r"(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[\w-]{22,64}", re.ASCII)
_SEPARATORS = str.maketrans("", "", "-_")
_KEY_CHANGES = 0.4


def _is_key_itself(fragment: str) -> bool:
    """Tell whether the whole fragment is a key that the page decrypts itself with."""
    if len(fragment) > _LONGEST_KEY or not _KEY_ALONE.fullmatch(fragment):
        return False
    return looks_random(fragment.translate(_SEPARATORS), _KEY_LENGTH, _KEY_CHANGES)
