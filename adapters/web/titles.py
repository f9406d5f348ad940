"""The title of a page, from its bytes.

`og:title` is preferred to `<title>`: it is what the author wrote for sharing, without the name of
the site behind it, and what Slack and Discord show, so that a link has the same title whether a
platform unfurled it or we fetched it. A site that gives all its pages its own name as `og:title`
is the exception: there `<title>` says more.

The head is picked apart by one linear scan and only its titles and `og:` metas go to the parser.
Given a whole page, libxml2 needs seconds for 256 KB of attributes on one tag; and it lets a
`<title>` inside an `<svg>` pass for the page's.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

LONGEST_PAGE: Final = 256 * 1024
LONGEST_TITLE: Final = 200

_LONGEST_ELEMENT = 8192
_MOST_MARKS = 8

_LATIN = "cp1252"
# The encodings of the WHATWG Encoding Standard, by Python's names: others (punycode, idna,
# unicode_escape) are slow or do not decode text.
_ENCODINGS = frozenset(
    {
        *("utf-8", "utf-16-be", "utf-16-le", "utf-32-be", "utf-32-le"),
        *("big5hkscs", "cp932", "cp949", "euc_jp", "gb18030", "iso2022_jp"),
        *(f"cp{page}" for page in (866, 874, *range(1250, 1259))),
        *(f"iso8859-{part}" for part in (*range(2, 9), 10, 13, 14, 15, 16)),
        *("koi8-r", "koi8-u", "mac-cyrillic", "mac-roman"),
    }
)

# Each branch consumes what it looks at or stops at the end of the text: the scan is linear.
_TOKEN = re.compile(
    r"""
      (?P<end></head(?=[\s/>])|<body(?=[\s/>]))
    | (?P<comment><!--)
    | </(?P<closed>[a-z][a-z0-9]*)
    | <(?P<opened>[a-z][a-z0-9]*)(?:[^>=]++|=\s*+"[^"]*"|=\s*+'[^']*'|=)*+>?
    """,
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
# Elements whose content is text, and not elements, up to their own closing tag.
_TEXT_ELEMENTS = frozenset({"iframe", "noframes", "script", "style", "textarea", "title", "xmp"})
_CLOSING = {
    name: re.compile(rf"</{name}(?=[\s/>]|\Z)", re.ASCII | re.IGNORECASE) for name in _TEXT_ELEMENTS
}
# Elements whose titles and metas are not the page's.
_FOREIGN = frozenset({"math", "noscript", "svg", "template"})

# Letters that show nothing, so that a title of them would look empty.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
_UNSHOWN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})


def title_of(body: bytes, content_type: str | None, url: str = "") -> str | None:
    """Return the title of an HTML page, or None if it has none that says something.

    `body` is the page or its beginning (what is past 256 KB is not looked at), `content_type`
    the header, `url` where the page was found: a title that only repeats it is none. The title
    is one line of at most 200 graphemes in NFC, without control, bidirectional or zero-width
    characters. The titles of login pages, error pages and robot checks are None. Never raises.
    """
    head = _head_of(_decoded(body[:LONGEST_PAGE], content_type))
    titles = [head.title, head.shared_title]
    if any(_is_wall(title) for title in titles):
        return None
    if head.shared_title != head.site:
        titles.reverse()
    return next((title for title in titles if not _is_empty(title, url)), None)


def cleaned(text: str) -> str:
    """Return `text` as one line of at most 200 graphemes that shows all it holds."""
    kept = "".join(char for char in text[:_LONGEST_ELEMENT] if _is_shown(char))
    return _shortened(unicodedata.normalize("NFC", " ".join(kept.split())))


def _is_empty(title: str, url: str) -> bool:
    shown = any(char.isalnum() for char in title)
    return not shown or _folded(title) in _PLACEHOLDERS or _repeats(title, url)


def _repeats(title: str, url: str) -> bool:
    address = url.partition("://")[2].casefold().removeprefix("www.")
    named = title.casefold().rpartition("://")[2].removeprefix("www.").rstrip("/")
    return named in {address.rstrip("/"), re.split("[/?#]", address, maxsplit=1)[0]}


def _is_shown(char: str) -> bool:
    if char in _BLANK_LETTERS:
        return False
    return char.isspace() or unicodedata.category(char) not in _UNSHOWN


def _shortened(line: str) -> str:
    graphemes = list(_graphemes(line))
    if len(graphemes) > LONGEST_TITLE:
        graphemes[LONGEST_TITLE - 1 :] = ["…"]
    return "".join(graphemes)


def _graphemes(line: str) -> Iterator[str]:
    """Split a line so that no mark leaves its letter; marks beyond eight on one are dropped."""
    grapheme = ""
    for char in line:
        if not grapheme or not _extends(char):
            if grapheme:
                yield grapheme
            grapheme = char
        elif len(grapheme) <= _MOST_MARKS:
            grapheme += char
    if grapheme:
        yield grapheme


def _extends(char: str) -> bool:
    skin_tone = "\U0001f3fb" <= char <= "\U0001f3ff"
    return skin_tone or unicodedata.category(char).startswith("M")


@dataclass(frozen=True, slots=True)
class _Head:
    """What the head of a page says, cleaned; empty where it says nothing."""

    title: str
    shared_title: str
    site: str


def _head_of(text: str) -> _Head:
    markup = "<html><head>" + "".join(_elements(text.replace("\0", "\ufffd")))
    parser = etree.HTMLParser(encoding="utf-8", collect_ids=False)
    root = etree.fromstring(markup.encode(errors="replace"), parser)
    titles = (cleaned(element.text or "") for element in root.iter("title"))
    metas = dict(reversed([_meta(element) for element in root.iter("meta")]))
    return _Head(
        title=next(filter(None, titles), ""),
        shared_title=cleaned(metas.get("og:title", "")),
        site=cleaned(metas.get("og:site_name", "")),
    )


def _meta(element: etree._Element) -> tuple[str, str]:
    name = element.get("property") or element.get("name") or ""
    return name.strip().lower(), element.get("content") or ""


def _elements(text: str) -> Iterator[str]:
    """Yield the titles and the `og:` metas of a page's head as markup."""
    position, depth = 0, 0
    while (token := _TOKEN.search(text, position)) and not token["end"]:
        name = (token["opened"] or token["closed"] or "").lower()
        position = _after(token, name, text)
        if token["closed"]:
            depth -= name in _FOREIGN and depth > 0
        elif name in _FOREIGN:
            depth += not token[0].endswith("/>")
        elif name == "title" and not depth:
            yield f"<title>{text[token.end() : position][:_LONGEST_ELEMENT]}</title>"
        elif name == "meta" and not depth and _is_shared_meta(token[0]):
            yield token[0]


def _is_shared_meta(tag: str) -> bool:
    return len(tag) <= _LONGEST_ELEMENT and tag.endswith(">") and "og:" in tag.lower()


def _after(token: re.Match[str], name: str, text: str) -> int:
    """Return where the next token is to be looked for; at the end if this one never closes."""
    if token["comment"]:
        found = text.find("-->", token.start() + len("<!"))
        return found if found >= 0 else len(text)
    if not token["opened"] or name not in _TEXT_ELEMENTS or token[0].endswith("/>"):
        return token.end()
    closing = _CLOSING[name].search(text, token.end())
    return closing.start() if closing else len(text)


def _decoded(body: bytes, content_type: str | None) -> str:
    """Decode a page by its byte order mark, header, meta, as UTF-8 or as windows-1252.

    The mark is part of the text and so comes before the header, as in browsers. A declared
    encoding that destroys the text is passed over. Latin-1 is what many servers declare of
    everything, so that whatever else fits comes before it.
    """
    marked, mark = read_bom(body)
    if marked and mark:
        return _decode(body[len(mark) :], marked)
    for encoding in _candidates(body, content_type):
        text = _decode(body, encoding)
        if not _is_destroyed(text):
            return text
    return _decode(body, _LATIN)


def _candidates(body: bytes, content_type: str | None) -> list[str]:
    header = http_content_type_encoding(content_type)
    meta = html_body_declared_encoding(body)
    if meta and meta.startswith(("utf-16", "utf-32")):
        meta = None  # a meta that can be read as ASCII is in neither
    declared = [name for name in (header, meta) if name in _ENCODINGS and name != _LATIN]
    return [*filter(None, declared), "utf-8"]


def _decode(body: bytes, encoding: str) -> str:
    # An incremental decoder leaves out the character that the end of what was read cut in two.
    return codecs.getincrementaldecoder(encoding)("replace").decode(body)


def _is_destroyed(text: str) -> bool:
    """Say whether more than a tenth of what is not ASCII could not be decoded."""
    not_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return text.count("\ufffd") * 10 > not_ascii


def _folded(title: str) -> str:
    """Return the words of a title without case, accents and punctuation, one space between."""
    letters = unicodedata.normalize("NFKD", title.casefold())
    plain = "".join(char for char in letters if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", " ", plain).strip()


def _phrases(text: str) -> frozenset[str]:
    return frozenset(_folded(phrase) for phrase in re.split("[;\n]", text) if phrase.strip())


# What a page is called that has no name of its own; another title beside it may be good.
_PLACEHOLDERS = _phrases("""
    400; 401; 403; 404; 410; 429; 500; 502; 503; blocked; document; error; forbidden; home
    home page; homepage; index; loading; new page; new tab; not found; react app; redirect
    undefined; null; untitled; untitled document; untitled page; vite app; welcome
""")

# What login pages, error pages and robot checks are called, alone or beside the site's name.
_WALLS = _phrases("""
    access denied; access to this page has been denied; account suspended; are you a human
    are you a robot; are you human; are you not a robot; attention required
    attention required cloudflare; authentication required; authorization required; bad gateway
    bad request; before you continue; before you continue to google search
    before you continue to youtube; blocked by network security; bot check; bot verification
    browser check; captcha; captcha challenge; checking your browser; client challenge
    checking your browser before accessing; complete the captcha; cookies required; ddos guard
    ddos protection; document moved; enable javascript
    enable javascript and cookies to continue; error 403; error 404; error 429; error 500
    error 503; 400 bad request; 401 unauthorized; 403 error; 403 forbidden; 404 error
    404 not found; 404 page not found; 410 gone; 429 too many requests
    500 internal server error; 502 bad gateway; 503 service unavailable; 504 gateway timeout
    error 404 not found; error 404 page not found; gateway timeout; human verification
    i am not a robot; internal server error; javascript is disabled; just a moment
    login required; making sure you re not a bot; maintenance; 301 moved permanently; 302 found
    moved permanently; object moved; one moment; one moment please; page not found
    page unavailable; pardon our interruption; permission denied; please enable javascript
    please stand by; please verify you are a human; please verify you are human; please wait
    please wait for verification; please wait while we verify your browser; recaptcha
    redirecting; redirecting you; request blocked; request rejected; robot check; robot or human
    security check; security checkpoint; security verification; service unavailable
    session expired; session timeout; single sign on; site maintenance; site not found
    subscribe to read; too many requests; unauthorized; under maintenance; unsupported browser
    verify you are human; verification required; verifying you are human; verifying your browser
    vercel security checkpoint; you are being redirected; you have been blocked
    you need to enable javascript; your connection needs to be verified

    account login; authenticate; create an account or log in; customer login; log in or register
    login signup; member login; password required; register or log in; sign in or register
    sign in or sign up; sign up or log in; user login; you must be logged in

    anmelden; anmeldung; einloggen; bitte anmelden; bitte warten; einen moment bitte
    nur einen moment; seite nicht gefunden; weiterleitung; sie werden weitergeleitet
    zugriff verweigert; zugang verweigert; sind sie ein roboter; sicherheitsüberprüfung
    connexion; se connecter; connectez-vous; s'identifier; identification; accès refusé
    accès interdit; page introuvable; page non trouvée; veuillez patienter; un instant
    un moment; un instant s'il vous plaît; êtes-vous un robot; redirection en cours
    iniciar sesión; inicia sesión; inicio de sesión; acceso denegado; página no encontrada
    un momento; un momento por favor; espere por favor; por favor espere; redirigiendo
    redireccionando; no soy un robot; entrar; fazer login; iniciar sessão; acesso negado
    página não encontrada; um momento; só um momento; aguarde; por favor aguarde; redirecionando
    não sou um robô; accedi; accesso negato; pagina non trovata; attendere prego; un attimo
    reindirizzamento; inloggen; aanmelden; toegang geweigerd; pagina niet gevonden; even geduld
    een ogenblik geduld; logga in; sidan hittades inte; sidan kunde inte hittas; åtkomst nekad
    vänta; log ind; siden blev ikke fundet; adgang nægtet; vent venligst; logg inn
    fant ikke siden; ingen tilgang; kirjaudu; kirjaudu sisään; sivua ei löytynyt; pääsy estetty
    zaloguj się; logowanie; odmowa dostępu; nie znaleziono strony; strona nie znaleziona
    proszę czekać; cierpliwości; přihlášení; přihlásit se; přístup odepřen; stránka nenalezena
    okamžik prosím; prihlásenie; bejelentkezés; az oldal nem található; autentificare
    pagina nu a fost găsită; giriş yap; oturum aç; erişim engellendi
    sayfa bulunamad\N{LATIN SMALL LETTER DOTLESS I}; lütfen bekleyin; bir dakika lütfen; masuk
    halaman tidak ditemukan; đăng nhập; không tìm thấy trang; vui lòng đợi; вход; войти
    авторизация; доступ запрещён; доступ ограничен; страница не найдена; подождите
    пожалуйста, подождите; один момент; перенаправление; вы не робот; я не робот; вхід; увійти
    доступ заборонено; сторінку не знайдено; зачекайте; σύνδεση; είσοδος; η σελίδα δεν βρέθηκε
    התחברות; הדף לא נמצא; تسجيل الدخول; الصفحة غير موجودة; يرجى الانتظار; تم رفض الوصول
    لحظة من فضلك; लॉग इन; लॉग इन करें; पेज नहीं मिला; เข้าสู่ระบบ; ไม่พบหน้า; ログイン
    サインイン; アクセスが拒否されました; ページが見つかりません; しばらくお待ちください
    お待ちください; 少々お待ちください; 登录; 登錄; 登入; 请登录; 请稍候; 请稍等; 請稍候
    页面不存在; 页面未找到; 找不到页面; 找不到網頁; 访问被拒绝; 拒绝访问; 安全验证; 百度安全验证
    人机验证; 正在跳转; 验证码; 로그인; 페이지를 찾을 수 없습니다; 접근이 거부되었습니다
    잠시만 기다려 주세요; 잠시만 기다리십시오
""")

_SIGN_IN = re.compile(
    r"(?:please |you (?:must|need to) )?(?:log|sign) ?(?:in|on)(?: or (?:sign up|register|join))?"
    r"(?: ?to \S+(?: \S+){0,3})?"
)
_BETWEEN_NAMES = re.compile(r"\s+[-\u2013\u2014|·•:»«/]+\s+|[|•»]")
_MOST_WORDS_OF_A_SITE = 4


def _is_wall(title: str) -> bool:
    """Say whether a title is that of a page that stands before the one that was shared.

    A phrase counts as the whole title or beside a site's name ("Log in | Example"), not within
    a sentence ("Login systems in Rust, a survey").
    """
    parts = [_folded(part) for part in _BETWEEN_NAMES.split(title)]
    words = sum(len(part.split()) for part in parts)
    return _folded(title) in _WALLS or any(
        _is_wall_phrase(part) and words - len(part.split()) <= _MOST_WORDS_OF_A_SITE
        for part in parts
    )


def _is_wall_phrase(part: str) -> bool:
    return part in _WALLS or _SIGN_IN.fullmatch(part) is not None
