"""What we know about well-known sites: one address per page, and what only tracks.

Written from the sites' own addresses. A rule gets a `Page` in its general canonical form and must
return one that it leaves alone: a test applies every rule twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote


class Page(NamedTuple):
    """A page on a site: host without `www.`, path without last slash, `key=value` items."""

    host: str
    path: str
    query: tuple[str, ...]

    def value(self, key: str) -> str:
        """Return the first value of `key` as it is spelled, or ""."""
        start = f"{key}="
        return next((item[len(start) :] for item in self.query if item.startswith(start)), "")


_TRACKING = frozenset(
    """
    _branch_match_id _branch_referrer _ga _gl _hsenc _hsmi _openstat __hsfp __hssc __hstc
    algo_expid algo_pvid cmpid dclid ef_id epik fbclid gad_campaignid gad_source gbraid gclid
    gclsrc guccounter guce_referrer guce_referrer_sig hsctatracking igsh igshid irclickid li_fat_id
    mc_cid mc_eid mibextid mkt_tok ml_subscriber ml_subscriber_hash msclkid oly_anon_id oly_enc_id
    rb_clickid rdt_cid ref_src ref_url s_cid s_kwcid scm spm srsltid ttclid twclid vero_conv
    vero_id wbraid wickedid xtor yclid ysclid
    """.split()
)
_TRACKING_PREFIXES = ("utm_", "mtm_", "matomo_", "piwik_", "pk_", "hsa_", "at_custom", "stm_")
_SITE_TRACKING = {
    "bbc.co.uk": frozenset({"at_medium", "at_campaign", "at_link_id", "at_link_type"}),
    "bbc.com": frozenset({"at_medium", "at_campaign", "at_link_id", "at_link_type"}),
    "facebook.com": frozenset({"rdid", "share_url", "sfnsn", "__tn__", "__cft__[0]", "_rdr"}),
    "google.com": frozenset(
        """
        biw bih client ei gs_lcp gs_lcrp gs_lp ie oe oq rlz sca_esv sca_upv sclient source sourceid
        sxsrf uact ved iflsig
        """.split()
    ),
    "linkedin.com": frozenset({"trk", "lipi", "lici", "trackingid", "refid", "rcm"}),
    "medium.com": frozenset({"source", "gi"}),
    "nytimes.com": frozenset({"smid", "smtyp", "referringsource", "unlocked_article_code"}),
    "open.spotify.com": frozenset({"si", "context", "nd"}),
    "theguardian.com": frozenset({"cmp"}),
    "tiktok.com": frozenset({"_r", "_t", "is_from_webapp", "sender_device", "web_id"}),
    "x.com": frozenset({"s", "t"}),
    "youtube.com": frozenset({"si", "feature", "pp", "ab_channel"}),
}


def is_tracking(host: str, key: str) -> bool:
    """Tell whether a parameter says how somebody came to a page rather than which page it is."""
    name = unquote(key).lower()
    return (
        name in _TRACKING
        or name.startswith(_TRACKING_PREFIXES)
        or name in _SITE_TRACKING.get(host, ())
    )


# (host, path) of pages that only lead on, and the parameter that says where to.
_REDIRECTS = {
    ("duckduckgo.com", "/l"): "uddg",
    ("facebook.com", "/l.php"): "u",
    ("google.com", "/url"): "q url",
    ("l.facebook.com", "/l.php"): "u",
    ("l.instagram.com", ""): "u",
    ("lm.facebook.com", "/l.php"): "u",
    ("out.reddit.com", ""): "url",
    ("slack-redir.net", "/link"): "url",
    ("steamcommunity.com", "/linkfilter"): "u url",
    ("vk.com", "/away.php"): "to",
    ("youtube.com", "/redirect"): "q",
}
_GOOGLE_AMP = re.compile(r"/amp/(?:s/)?(.+)")
_AMP_CACHE = re.compile(r"/[a-z]/(?:s/)?(.+)")


def wrapped_url(page: Page) -> str:
    """Return the link that a page merely leads on to (redirects, AMP caches), or ""."""
    if keys := _REDIRECTS.get((page.host, page.path)):
        targets = (unquote(page.value(key)) for key in keys.split())
        return next((target for target in targets if target), "")
    if page.host.endswith(".safelinks.protection.outlook.com"):
        return unquote(page.value("url"))
    pattern = _AMP_CACHE if page.host.endswith(".cdn.ampproject.org") else None
    pattern = _GOOGLE_AMP if page.host == "google.com" else pattern
    match = pattern.fullmatch(page.path) if pattern else None
    query = f"?{'&'.join(page.query)}" if page.query else ""
    return f"https://{match[1]}{query}" if match else ""


_SAME_HOST = {
    "amp.reddit.com": "reddit.com",
    "amp.theguardian.com": "theguardian.com",
    "dx.doi.org": "doi.org",
    "export.arxiv.org": "arxiv.org",
    "fixupx.com": "x.com",
    "fixvx.com": "x.com",
    "fxtwitter.com": "x.com",
    "i.reddit.com": "reddit.com",
    "m.facebook.com": "facebook.com",
    "m.imdb.com": "imdb.com",
    "m.reddit.com": "reddit.com",
    "m.soundcloud.com": "soundcloud.com",
    "m.twitch.tv": "twitch.tv",
    "m.twitter.com": "x.com",
    "m.youtube.com": "youtube.com",
    "mbasic.facebook.com": "facebook.com",
    "mobile.twitter.com": "x.com",
    "mobile.x.com": "x.com",
    "music.youtube.com": "youtube.com",
    "new.reddit.com": "reddit.com",
    "np.reddit.com": "reddit.com",
    "old.reddit.com": "reddit.com",
    "sh.reddit.com": "reddit.com",
    "touch.facebook.com": "facebook.com",
    "twitter.com": "x.com",
    "vxtwitter.com": "x.com",
    "youtube-nocookie.com": "youtube.com",
}
_WIKIMEDIA_MOBILE = re.compile(
    r"([a-z-]+)(?:\.m)+\.((?:wikipedia|wiktionary|wikibooks|wikinews|wikiquote|wikisource"
    r"|wikiversity|wikivoyage|wikimedia)\.org)"
)
_AMP_SUFFIX_HOSTS = frozenset({"newyorker.com", "techcrunch.com", "vanityfair.com", "wired.com"})


def fold(page: Page) -> Page:
    """Return the one address under which a page of a well-known site is compared."""
    host = _SAME_HOST.get(page.host, page.host)
    if ".m." in host and (match := _WIKIMEDIA_MOBILE.fullmatch(host)):
        host = f"{match[1]}.{match[2]}"
    page = page._replace(host=host)
    if rule := _RULES.get(host):
        return rule(page)
    if host.endswith(".stackexchange.com"):
        return _stack_exchange(page)
    return _amazon(page) if host.startswith(("amazon.", "smile.amazon.")) else page


_VIDEO = re.compile(r"/(?:shorts|embed|live|v)/(?!videoseries)([\w-]{11})(?:/.*)?", re.ASCII)
_SHORT_VIDEO = re.compile(r"/([\w-]{11})", re.ASCII)


def _youtube(page: Page) -> Page:
    match = (_SHORT_VIDEO if page.host == "youtu.be" else _VIDEO).fullmatch(page.path)
    video = match[1] if match else page.value("v") if page.path == "/watch" else ""
    return Page("youtube.com", "/watch", (f"v={video}",)) if video else page


_TWEET = re.compile(r"/(?:i/web|[^/]+)/status(?:es)?/(\d+)(?:/.*)?", re.ASCII)


def _x(page: Page) -> Page:
    match = _TWEET.fullmatch(page.path)
    return Page(page.host, f"/i/status/{match[1]}", ()) if match else page


_THREAD = re.compile(r"(?:/(?:r|u|user)/[^/]+)?/comments/(\w+)(?:/[^/]*(?:/(\w+))?)?", re.ASCII)
_SHORT_THREAD = re.compile(r"/(\w+)", re.ASCII)


def _reddit(page: Page) -> Page:
    match = _THREAD.fullmatch(page.path)
    if match is None:
        return page
    comment = f"/_/{match[2]}" if match[2] else ""
    return Page(page.host, f"/comments/{match[1]}{comment}", ())


def _redd_it(page: Page) -> Page:
    match = _SHORT_THREAD.fullmatch(page.path)
    return Page("reddit.com", f"/comments/{match[1]}", ()) if match else page


_PAPER = re.compile(
    r"/(?:abs|pdf|html|format)/(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?",
    re.ASCII,
)


def _arxiv(page: Page) -> Page:
    match = _PAPER.fullmatch(page.path)
    return Page("arxiv.org", f"/abs/{match[1]}", ()) if match else page


def _doi(page: Page) -> Page:
    """DOI names ignore case (DOI Handbook, 2.4)."""
    return page._replace(path=page.path.lower())


_REPOSITORY = re.compile(r"(/[^/]+/[^/]+?)(?:\.git)*(/.*)?")


def _github(page: Page) -> Page:
    """Owners and repositories ignore case; what follows them does not."""
    query = tuple(item for item in page.query if item != "tab=readme-ov-file")
    match = _REPOSITORY.fullmatch(page.path)
    path = f"{match[1].lower()}{match[2] or ''}" if match else page.path.lower()
    return Page(page.host, path, query)


_QUESTION = re.compile(r"/q(?:uestions)?/(\d+)(?:/.*)?", re.ASCII)
_ANSWER = re.compile(r"/a/(\d+)(?:/\d+)?", re.ASCII)


def _stack_exchange(page: Page) -> Page:
    if match := _QUESTION.fullmatch(page.path):
        return Page(page.host, f"/questions/{match[1]}", ())
    match = _ANSWER.fullmatch(page.path)
    return Page(page.host, f"/a/{match[1]}", ()) if match else page


_DOCUMENT = re.compile(r"/([a-z]+)(?:/u/\d+)?/d/((?:e/)?[\w-]+)(?:/.*)?", re.ASCII)
_FOLDER = re.compile(r"/drive(?:/u/\d+)?/folders/([\w-]+)(?:/.*)?", re.ASCII)


def _google_drive(page: Page) -> Page:
    if match := _DOCUMENT.fullmatch(page.path):
        return Page(page.host, f"/{match[1]}/d/{match[2]}", ())
    match = _FOLDER.fullmatch(page.path)
    return Page(page.host, f"/drive/folders/{match[1]}", ()) if match else page


_PRODUCT = re.compile(r"/(?:dp|gp/product)/([A-Z0-9]{10})(?:/.*)?")


def _amazon(page: Page) -> Page:
    match = _PRODUCT.search(page.path)
    host = page.host.removeprefix("smile.")
    return Page(host, f"/dp/{match[1]}", ()) if match else page._replace(host=host)


_SPOTIFY_LANGUAGE = re.compile(r"^(?:/intl-[a-z-]+)+(?=/)")


def _spotify(page: Page) -> Page:
    return page._replace(path=_SPOTIFY_LANGUAGE.sub("", page.path))


def _amp_suffix(page: Page) -> Page:
    path = page.path
    while path.endswith("/amp"):
        path = path.removesuffix("/amp").rstrip("/")
    return page._replace(path=path)


_RULES: dict[str, Callable[[Page], Page]] = {
    "arxiv.org": _arxiv,
    "askubuntu.com": _stack_exchange,
    "docs.google.com": _google_drive,
    "doi.org": _doi,
    "drive.google.com": _google_drive,
    "github.com": _github,
    "mathoverflow.net": _stack_exchange,
    "open.spotify.com": _spotify,
    "redd.it": _redd_it,
    "reddit.com": _reddit,
    "serverfault.com": _stack_exchange,
    "stackoverflow.com": _stack_exchange,
    "superuser.com": _stack_exchange,
    "x.com": _x,
    "youtu.be": _youtube,
    "youtube.com": _youtube,
    **dict.fromkeys(_AMP_SUFFIX_HOSTS, _amp_suffix),
}
