"""The form in which links are compared."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.text.sites import Page, fold
from bot.text.urls import LONGEST, canonical

VIDEO = "https://youtube.com/watch?v=abcdefghij1"
THREAD = "https://reddit.com/comments/1abcde"
PAPER = "https://arxiv.org/abs/2401.01234"
POST = "https://x.com/i/status/1234567890"
FILE = "https://docs.google.com/document/d/1AbC_d-E"

SAME = {
    "https://example.org": (
        "http://example.org",
        "HTTP://EXAMPLE.ORG/",
        "https://www.example.org",
        "https://www.www.example.org",
        "https://example.org:443/",
        "http://example.org:80",
        "https://example.org.",
        "https://user:pass@example.org/",
        "https://example.org/?utm_source=chat&UTM_Medium=x&fbclid=1&gclid=2",
        "https://example.org/#top",
        "https://example.org/#:~:text=a/b",
        "https://example.org/a/..",
        "https://example.org/.",
        "https://example.org?",
        "https://example.org#",
        "https://%65xample.org/",
        "https://\uff45xample.org/",
        "https://example.org\\",
        " https://example.org/ ",
    ),
    "https://example.org/a/b": (
        "https://example.org/a/b/",
        "https://example.org/a/./b",
        "https://example.org/a/c/../b",
        "https://example.org/%61/b",
        "https://example.org/a/b;jsessionid=0A1B2C3D",
        "https://example.org\\a\\b",
    ),
    "https://example.org?a=1&b=2": (
        "https://example.org/?b=2&a=1",
        "https://example.org/?a=1&&b=2&",
        "https://example.org/?a=1&amp;b=2",
        "https://example.org/?a=1&b=2&mc_cid=x&_hsenc=y&igshid=z",
    ),
    "https://example.org/caf%C3%A9%20(x)?q=a%20b": (
        "https://example.org/caf\u00e9 (x)?q=a+b",
        "https://example.org/caf%c3%a9%20%28x%29?q=a%20b",
    ),
    "https://xn--mnchen-3ya.example": (
        "https://M\u00dcNCHEN.example",
        "https://m\u00fcnchen.example/",
    ),
    "https://xn--fa-hia.example": ("https://fa\u00df.example",),
    "https://xn--ls8h.example": ("https://\U0001f4a9.example/",),
    "https://example.org#/inbox": (
        "https://example.org/#/inbox",
        "https://example.org/#/inbox/",
    ),
    "https://example.org#!topic/1": ("https://www.example.org/#!topic/1",),
    "https://example.org#narrow/stream/1": ("https://example.org/#narrow/stream/1",),
    "https://example.org#code=print": ("https://example.org/#code=print",),
    "https://example.org:8443/a": ("http://example.org:08443/a/",),
    "https://[2606:4700::1111]/a": ("http://[2606:4700:0:0::1111]:80/a",),
    "https://9.9.9.9": ("http://9.9.9.9/",),
    VIDEO: (
        "https://youtu.be/abcdefghij1?si=xyz&t=42",
        "https://m.youtube.com/watch?v=abcdefghij1&list=PL1&index=2",
        "https://www.youtube.com/watch?t=1&v=abcdefghij1#comments",
        "https://youtube.com/shorts/abcdefghij1?feature=share",
        "https://www.youtube-nocookie.com/embed/abcdefghij1",
        "https://www.youtube.com/live/abcdefghij1",
        "https://music.youtube.com/watch?v=abcdefghij1",
        "https://www.youtube.com/redirect?q=https%3A%2F%2Fyoutu.be%2Fabcdefghij1",
    ),
    "https://youtube.com/playlist?list=PL1": ("https://www.youtube.com/playlist?list=PL1&si=x",),
    THREAD: (
        "https://old.reddit.com/r/example/comments/1abcde/a_title/?context=3",
        "https://www.reddit.com/r/example/comments/1abcde/",
        "https://redd.it/1abcde",
    ),
    f"{THREAD}/_/kx1": ("https://np.reddit.com/r/example/comments/1abcde/a_title/kx1/",),
    PAPER: (
        "http://arxiv.org/pdf/2401.01234v2.pdf",
        "https://www.arxiv.org/pdf/2401.01234",
        "https://export.arxiv.org/abs/2401.01234v1",
    ),
    "https://arxiv.org/abs/math.GT/0309136": ("https://arxiv.org/pdf/math.GT/0309136v1",),
    "https://doi.org/10.1000/abc": ("http://dx.doi.org/10.1000/ABC",),
    POST: (
        "https://twitter.com/someone/status/1234567890?s=20&t=abc",
        "https://mobile.twitter.com/someone/status/1234567890/photo/1",
        "https://x.com/i/web/status/1234567890",
        "https://vxtwitter.com/someone/status/1234567890",
    ),
    FILE: (
        "https://docs.google.com/document/d/1AbC_d-E/edit?usp=sharing#heading=h.x",
        "https://docs.google.com/document/u/0/d/1AbC_d-E/view",
    ),
    "https://en.wikipedia.org/wiki/Loom": (
        "https://en.m.wikipedia.org/wiki/Loom#History",
        "https://en.m.m.wikipedia.org/wiki/Loom",
        "https://www.google.com/amp/s/en.m.wikipedia.org/wiki/Loom",
        "https://www.google.com/url?q=https://en.wikipedia.org/wiki/Loom&sa=D",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fen.wikipedia.org%2Fwiki%2FLoom&h=AT0",
    ),
    "https://example.org/story": ("https://example-org.cdn.ampproject.org/c/s/example.org/story",),
    "https://wired.com/story/loom": (
        "https://www.wired.com/story/loom/amp",
        "https://wired.com/story/loom/amp/amp",
    ),
    "https://github.com/example/repo": (
        "https://github.com/Example/Repo.git",
        "https://www.github.com/example/repo/?tab=readme-ov-file#usage",
    ),
    "https://github.com/example/repo/blob/main/READ.md": (
        "https://github.com/Example/Repo/blob/main/READ.md#L10-L20",
    ),
    "https://stackoverflow.com/questions/123": (
        "https://stackoverflow.com/questions/123/how-to/456#456",
        "https://stackoverflow.com/q/123/99",
    ),
    "https://math.stackexchange.com/a/5": ("https://math.stackexchange.com/a/5/99",),
    "https://amazon.de/dp/B012345678": (
        "https://www.amazon.de/Some-Loom/dp/B012345678/ref=sr_1_1?qid=1",
        "https://smile.amazon.de/gp/product/B012345678",
    ),
    "https://open.spotify.com/track/1a": ("https://open.spotify.com/intl-de/track/1a?si=x",),
    "https://drive.google.com/drive/folders/1a": (
        "https://drive.google.com/drive/u/1/folders/1a?usp=sharing",
    ),
}


@pytest.mark.parametrize(("wanted", "url"), [(k, url) for k, urls in SAME.items() for url in urls])
def test_two_spellings_of_one_page_are_the_same(wanted: str, url: str) -> None:
    assert canonical(url) == wanted


@pytest.mark.parametrize("url", SAME)
def test_the_canonical_form_of_a_canonical_form_is_itself(url: str) -> None:
    assert canonical(url) == url


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "https://example.org/A"),
        ("https://example.org/?a=1&a=2", "https://example.org/?a=2&a=1"),
        ("https://example.org/?a&b", "https://example.org/?b&a"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org/?q=a%2Bb", "https://example.org/?q=a+b"),
        ("https://example.org/?q=a%26b", "https://example.org/?q=a&b"),
        ("https://example.org/#/a", "https://example.org/#/b"),
        ("https://example.org/#code=a", "https://example.org/#code=b"),
        ("https://example.org:8080/", "https://example.org/"),
        ("https://example.org/?ref=main", "https://example.org/?ref=dev"),
        ("https://m.example.org/", "https://example.org/"),
        ("https://web.archive.org/web/1/http://a.org", "https://web.archive.org/web/1/http:/a.org"),
        (
            "https://www.youtube.com/embed/videoseries?list=A",
            "https://www.youtube.com/embed/videoseries?list=B",
        ),
        (
            "https://docs.google.com/forms/d/e/1a/viewform",
            "https://docs.google.com/forms/d/e/2b/viewform",
        ),
        ("https://github.com/example?tab=stars", "https://github.com/example"),
    ],
)
def test_different_pages_stay_different(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "mailto:someone@example.org",
        "ftp://example.org/",
        "javascript:alert(1)",
        "https://",
        "https:///a",
        "https://?a=1",
        "https://intranet/wiki",
        "http://localhost:8080/",
        "http://app.localhost/",
        "http://printer.local/",
        "http://127.0.0.1/",
        "http://10.1.2.3/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[fe80::1%25eth0]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::1/",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example.org:a/",
        "https://exa mple.org/",
        "https://exa<mple.org/",
        "https://-.-/",
        "https://.org/",
        "https://a..org/",
        "https://" + "a" * 64 + ".org/",
        "https://" + "a." * 130 + "org/",
        "https://example.org/\x00",
        "https://example.org/\na",
        "https://example.org/\ud800",
        "https://example.org/" + "a" * LONGEST,
        "https://example.org/" + "\u00e9" * (LONGEST // 2),
    ],
)
def test_what_the_public_cannot_open_has_no_canonical_form(url: str) -> None:
    assert canonical(url) is None


def test_a_redirect_to_nowhere_stays_itself() -> None:
    assert canonical("https://www.google.com/url?q=loom") == "https://google.com/url?q=loom"


HOSTS = st.sampled_from(
    """
    example.org www.Example.org www.www.x.org www.com m\u00fcnchen.example m.youtube.com youtu.be
    twitter.com www.reddit.com redd.it arxiv.org dx.doi.org github.com stackoverflow.com
    a.stackexchange.com docs.google.com drive.google.com amazon.de smile.amazon.com
    open.spotify.com wired.com en.m.m.wikipedia.org google.com x.cdn.ampproject.org
    l.facebook.com slack-redir.net 8.8.8.8 [2606:4700::1] user:p@x.org x.org:8080 x.org:443
    %65x.org \U0001f4a9.la
    """.split()
)
PARTS = st.sampled_from(
    [
        *"/?#&=.;+%\\!-_ :@~()[]'aB1v\u00e9\u4f8b",
        *"""
    / / .. /../ /./ // %2F %2e %41 %zz %25 %c3%a9 &amp; utm_a=1 fbclid=2 v=abcdefghij1 /watch
    /shorts/abcdefghij1 /r/a/comments/b/c/d /someone/status/12 /abs/2401.01234v1 /pdf/ v1.pdf .git
    /o/r /questions/12 /a/12/13 /document/u/0/d/ /d/e/ /dp/B012345678 /intl-de /amp /amp/s/ /url?q=
    https:// https%3A%2F%2F youtu.be/abcdefghij1 x.org /l.php?u= /link?url= #/ #! #code=
    ;jsessionid=1 a=1 b=2 /c/s/
    """.split(),
    ]
)
URLS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["https://", "HTTP://"]),
    HOSTS,
    st.lists(PARTS, max_size=12).map("".join),
)


@settings(max_examples=200)
@given(URLS | st.text(max_size=40).map("https://x.org/{}".format) | st.text(max_size=40))
@example("https://www.www.www.org/")
@example("https://x.org/%25%34%31")
@example("https://x.org/?a&amp;amp;b=1")
@example("https://x.org/#" + "%41" * 40)
@example("https://github.com/o/.git.git")
@example("https://google.com/amp/s/google.com/url?q=https%253A%252F%252Fx.org")
def test_canonical_is_idempotent_short_and_plain(url: str) -> None:
    once = canonical(url)
    if once is not None:
        assert canonical(once) == once
        assert once.startswith("https://")
        assert once.isascii()
        assert len(once) <= LONGEST
        assert not set(once) & set(' \t\n\\"<>`')


@given(HOSTS, st.lists(PARTS, max_size=6).map("".join))
def test_a_folded_page_is_left_alone(host: str, path: str) -> None:
    page = fold(Page(host, f"/{path}".rstrip("/"), ()))
    assert fold(page) == page


@given(URLS)
def test_user_names_and_passwords_never_come_through(url: str) -> None:
    found = canonical(url.replace("://", "://someone:hunter2@", 1))
    assert (
        found is None
        or "hunter2@" not in found.partition("?")[0].partition("//")[2].partition("/")[0]
    )
