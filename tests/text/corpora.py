"""Invented links: 300 that carry a secret, 300 that do not. Tokens are made here, at random."""

from __future__ import annotations

import random
import string
import uuid
from collections.abc import Callable

BASE62 = string.ascii_letters + string.digits
BASE64URL = f"{BASE62}-_"
EACH = 4

# `{…}` names a form from `_forms`; every line is filled in `EACH` times.
SECRET_TEMPLATES = """
https://{word}:{base62_12}@example.org/admin
https://{word}@git.example.org/team/repo.git
https://{hex32}@o1234.ingest.example.org/5678
https://example.org/login?token={base62_24}
https://app.example.org/session?access_token={jwt}
https://example.org/cb#access_token={base64url_43}&token_type=bearer&expires_in=3600
https://example.org/cb#id_token={jwt}&state=xyz
https://api.example.org/v1/me?refresh_token={base64url_43}
https://api.example.org/v1/items?api_key={hex32}
https://api.example.org/v1/items?apikey={base62_24}&page=2
https://maps.example.org/tiles?key={base62_32}
https://maps.googleapis.com/maps/api/geocode/json?address=Bern&key=AIza{base64url_35}
https://bucket.s3.amazonaws.com/report.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature={hex64}
https://bucket.s3.amazonaws.com/a.zip?AWSAccessKeyId=AKIA{upper_16}&Expires=1700000000&Signature={base62_24}%3D
https://storage.googleapis.com/b/o.csv?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature={hex64}
https://acct.blob.core.windows.net/c/f.bin?sv=2022-11-02&se=2024-01-01&sp=r&sig={base64url_43}%3D
https://d111111abcdef8.cloudfront.net/v.mp4?Expires=1700000000&Signature={base64url_43}&Key-Pair-Id=K{upper_13}
https://cdn.discordapp.com/attachments/{digits18}/{digits18}/plan.png?ex=65a1b2c3&is=658f3dc3&hm={hex64}&
https://media.discordapp.net/attachments/{digits18}/{digits18}/p.jpg?ex=65a1b2c3&is=658f3dc3&hm={hex64}
https://discord.com/api/webhooks/{digits18}/{base64url_68}
https://discord.gg/{base62_8}
https://discord.com/invite/{base62_8}
https://join.slack.com/t/acme/shared_invite/zt-{base36_9}-{base62_22}
https://files.slack.com/files-pri/T{upper_8}-F{upper_10}/report.pdf
https://hooks.slack.com/services/T{upper_8}/B{upper_8}/{base62_24}
https://t.me/joinchat/{base64url_16}
https://t.me/+{base64url_16}
https://chat.whatsapp.com/{base62_22}
https://us02web.zoom.us/j/8{digits10}?pwd={base62_32}.1
https://meet.google.com/{lower_3}-{lower_4}-{lower_3}
https://teams.microsoft.com/l/meetup-join/19%3ameeting_{base62_32}%40thread.v2/0
https://www.dropbox.com/scl/fi/{base36_20}/plan.pdf?rlkey={base36_25}&dl=0
https://docs.google.com/document/d/{base64url_44}/edit?resourcekey=0-{base64url_22}
https://mega.nz/file/{base62_8}#{base64url_43}
https://mega.nz/#!{base62_8}!{base64url_43}
https://onetimesecret.com/secret/{base36_31}
https://privnote.com/{base62_8}#{base62_9}
https://pwpush.com/p/{base36_12}
https://bin.example.org/?{hex16}#{base62_44}
https://send.example.org/download/{hex16}/#{base64url_22}
https://excalidraw.com/#json={base64url_21},{base64url_22}
https://example.org/reset-password/{base64url_43}
https://example.org/users/password/edit?reset_password_token={base64url_20}
https://accounts.example.org/password_reset/confirm/{base36_6}-{hex32}/
https://example.org/auth/magic/{uuid}
https://example.org/magic-link?t={base64url_43}
https://example.org/invite/{base62_12}
https://example.org/invitations/{uuid}/accept
https://example.org/join/{hex16}
https://example.org/verify-email/{hex32}
https://example.org/verify?code={base62_24}&email=someone%40example.org
https://news.example.org/unsubscribe/{base64url_43}
https://example.us1.list-manage.com/unsubscribe?u={hex25}&id={hex10}&e={hex10}
https://example.org/account/activate/{base62_32}
https://example.org/confirm/{hex40}
https://example.org/oauth/callback?code={base62_24}&state={hex16}
https://accounts.example.org/cb?code=4/0A{base64url_60}&scope=email
https://example.org/__/auth/action?mode=resetPassword&oobCode={base64url_54}
https://example.org/admin?password={word}{digits3}
https://cam.example.org/stream?user=admin&pwd={word}{digits3}
https://example.org/a;jsessionid={upperhex32}
https://forum.example.org/viewtopic.php?t=5&sid={hex32}
https://example.org/page?PHPSESSID={base36_26}
https://example.org/app?session_id={uuid}
https://example.org/file/{jwt}
https://raw.example.org/o/r/main/secret.yml?token=GHSAT0AAAAAA{upper_24}
https://example.org/otp?otp={digits6}
https://example.org/download?file=a.pdf&expires=1700000000&signature={hex64}
https://example.org/feed.ics?private_token={base64url_20}
https://example.org/go?next=https%3A%2F%2Fapp.example.org%2Freset%3Ftoken%3D{hex32}
https://example.org/#/reset-password?token={hex32}
https://example.org/#/invite/{base62_22}
https://user.example.org/sso?ticket=ST-{digits6}-{base62_24}
https://hooks.zapier.com/hooks/catch/{digits6}/{base36_7}
https://example.org/share?invite_token={base62_16}
""".split()

PLAIN_TEMPLATES = """
https://github.com/example/reset-tool/commit/{hex40}
https://github.com/example/auth/blob/{hex40}/src/token.py#L10-L20
https://github.com/example/repo/pull/12/files#diff-{hex64}R10-R20
https://gist.github.com/example/{hex32}
https://docs.example.org/guides/{uuid}
https://docs.example.org/docs/auth/{uuid}
https://www.youtube.com/watch?v={base64url_11}
https://youtu.be/{base64url_11}?si={base62_16}&t=42
https://open.spotify.com/track/{base62_22}?si={base62_16}
https://docs.google.com/document/d/{base64url_44}/edit?usp=sharing
https://drive.google.com/file/d/{base64url_33}/view
https://www.google.com/search?q=password+reset&ei={base64url_22}&ved=0ah{base64url_22}
https://example.org/?utm_source=chat&fbclid=IwAR{base64url_60}
https://example.org/confirm?gclid={base64url_54}
https://arxiv.org/abs/2{digits3}.{digits5}
https://doi.org/10.1000/{base36_9}
https://www.notion.so/Team-notes-{hex32}?pvs=4
https://www.figma.com/file/{base62_22}/Design?node-id=12-34
https://trello.com/c/{base62_8}/12-fix-the-tap
https://acme.slack.com/archives/C{upper_10}/p{digits16}?thread_ts=1700000000.000100&cid=C{upper_10}
https://discord.com/channels/{digits18}/{digits18}/{digits18}
https://x.com/example/status/{digits18}?s=20&t={base64url_22}
https://www.amazon.de/dp/B0{upper_8}/ref=sr_1_1?keywords=loom&qid={digits10}
https://cdn.example.org/assets/app.{hex16}.js
https://etherscan.io/token/0x{hex40}
https://example.org/swap?token=0x{hex40}
https://play.rust-lang.org/?version=stable&gist={hex32}
https://www.typescriptlang.org/play/?#code/{base62_68}
https://medium.com/example/how-we-verify-builds-{hex12}
https://hub.docker.com/layers/library/python/3.12/images/sha256-{hex64}
https://www.reddit.com/r/example/comments/{base36_7}/how_to_reset_a_router/
https://example.org/articles/{uuid}?ref=homepage
https://web.archive.org/web/20200101000000/https://example.org/login
https://registry.example.org/packages/left-pad/-/left-pad-1.3.0.tgz#sha512-{base62_8}
https://news.example.org/item?id={digits8}
https://example.org/list?page_token={base64url_43}
https://chatgpt.com/share/{uuid}
https://www.openstreetmap.org/way/{digits9}#map=17/46.94/7.44
https://bugs.example.org/show_bug.cgi?id={digits6}
https://lists.example.org/archives/msg/{base36_20}.html
""".split()

PLAIN_LITERALS = """
https://example.org/?key=value
https://example.org/?code=404
https://example.org/errors?code=E0308
https://example.org/?id=12345
https://example.org/?token=ERC20
https://example.org/?token=bitcoin
https://example.org/?session=12
https://example.org/agenda?session=keynote
https://example.org/?auth=required
https://example.org/?secret=santa
https://example.org/?signature=true
https://example.org/?password=reset
https://example.org/?password=
https://example.org/api?api_key=YOUR_API_KEY
https://example.org/api?apikey={API_KEY}
https://example.org/api?api_key=demo
https://example.org/api?token=[token]
https://example.org/?invite=friends
https://example.org/?key=PROJ-123
https://example.org/?sid=7
https://example.org/?pass=weekend
https://example.org/?hash=tags
https://example.org/?promo_code=SUMMER2024
https://example.org/?code=SUMMER2024
https://example.org/?zip_code=90210
https://example.org/?sort_key=created_at
https://example.org/?next=/login
https://example.org/?next=https%3A%2F%2Fexample.org%2Fhome
https://example.org/?state=open
https://example.org/docs/reset-password
https://example.org/docs/magic-links
https://example.org/blog/how-to-reset-a-password-in-windows-11-23h2
https://example.org/invite-your-friends
https://example.org/verify
https://example.org/unsubscribe
https://example.org/login
https://example.org/login?next=/settings
https://example.org/join-us
https://example.org/join/python-meetup-2024
https://example.org/webhooks
https://example.org/auth/login
https://example.org/secrets-of-sourdough
https://example.org/confirm-your-seat
https://example.org/password
https://example.org/accept-cookies
https://example.org/recover/deleted-files
https://en.wikipedia.org/wiki/Token_ring
https://en.wikipedia.org/wiki/Secret_sharing
https://en.wikipedia.org/wiki/Password
https://en.wikipedia.org/wiki/Magic_(illusion)
https://en.wikipedia.org/wiki/Session_key#History
https://de.wikipedia.org/wiki/Verschl%C3%BCsselung
https://github.com/example/token-bucket
https://github.com/example/reset-css?tab=readme-ov-file
https://github.com/example/repo#verify-the-download
https://github.com/example/repo/blob/main/auth/session.py#L10-L20
https://github.com/example/repo/issues/12#issuecomment-1234567890
https://github.com/settings/tokens
https://github.com/login
https://docs.github.com/en/authentication/keeping-your-account-and-data-secure
https://docs.python.org/3/library/secrets.html#secrets.token_urlsafe
https://docs.python.org/3/library/re.html#re.Pattern.fullmatch
https://kubernetes.io/docs/concepts/configuration/secret/
https://datatracker.ietf.org/doc/html/rfc6749#section-4.1
https://stackoverflow.com/questions/1234567/how-to-verify-a-jwt-token-in-python
https://stackoverflow.com/questions/1234567/reset-password-email/7654321#7654321
https://www.google.com/search?q=password+reset
https://www.google.com/search?q=api_key%3Dsecret
https://www.google.com/maps/@46.9480,7.4474,15z
https://duckduckgo.com/?q=magic+link+login&ia=web
https://mastodon.social/@example/109876543210123456
https://medium.com/@example/invite-only
https://discord.com/developers/docs/resources/webhook
https://discord.com/invite
https://support.discord.com/hc/en-us/articles/208866998-Invites-101
https://slack.com/help/articles/201330256-Invite-new-members-to-your-workspace
https://api.slack.com/authentication/token-types
https://zoom.us/join
https://zoom.us/pricing
https://meet.google.com/
https://t.me/example_channel
https://t.me/example_channel/123
https://mega.nz/
https://www.dropbox.com/help
https://onetimesecret.com/about
https://overleaf.com/learn
https://matrix.to/#/#grapevine:example.org
https://chat.example.org/#narrow/stream/12-general/topic/reset.20password/near/123456
https://example.org/#L10-L20
https://example.org/#access-tokens
https://example.org/page#:~:text=reset%20your%20password
https://example.org/a?b=c&amp;d=e
https://example.org:8443/status
http://localhost:8080/?page=2
http://192.168.1.10/index.html
https://xn--mnchen-3ya.example.org/
https://münchen.example.org/straße
https://example.org/2024/05/12/our-new-sign-in-page/
https://example.org/events/2024-10-12T10:00:00Z
https://example.org/download/python-3.12.1-amd64.exe
https://example.org/v2.3.1/reference/authorization.html
https://pypi.org/project/token-bucket/1.2.3/
https://www.nature.com/articles/s41586-021-03819-2
https://www.bbc.co.uk/news/world-europe-12345678
https://www.imdb.com/title/tt0111161/
https://store.steampowered.com/app/620/Portal_2/
https://music.example.org/album/the-secret-garden
https://wiki.example.org/index.php?title=Password_policy&action=history
https://example.org/search?q=verify+email&page=3
https://example.org/calendar?view=week&date=2024-05-12
https://example.org/products/sku-1234-ab
https://example.org/tickets?ticket=adult
https://example.org/api/v1/users/42
https://example.org/sessions/2024/opening
https://example.org/callback
https://example.org/oauth/authorize?client_id=web&scope=read
https://crates.io/crates/secrecy
https://rust-lang.github.io/rfcs/2005-match-ergonomics.html
https://example.org/private-events
https://example.org/reset/
https://example.org/wiki/Special:Confirm/2024
https://example.org/privacy?lang=en
https://arxiv.org/pdf/math/0309136v1
https://openreview.net/forum?id=SkxJ8REYPH
https://www.thingiverse.com/thing:4567890
https://www.meetup.com/example-group/events/301234567/
https://www.eventbrite.com/e/spring-tickets-123456789?aff=ebdss
https://soundcloud.com/example/invite-me
https://www.npmjs.com/package/jsonwebtoken
https://jwt.io/introduction
https://letsencrypt.org/docs/challenge-types/
https://www.w3.org/TR/webauthn-2/#sctn-attestation
https://developer.mozilla.org/en-US/docs/Web/API/Window/sessionStorage
https://pages.example.org/teams/accept/guidelines-v2-2024
https://example.org/forgot
https://example.org/magic/tricks-for-beginners
https://www.example.org/?lang=de&theme=dark
https://example.org/i18n/utf8mb4
https://example.org/webhooks/setup-2024-edition
https://example.org/faq?topic=two-factor-authentication
""".split()


def secret_urls(seed: int = 18) -> tuple[str, ...]:
    """300 links that must be recognised."""
    return _filled(SECRET_TEMPLATES, seed)


def plain_urls(seed: int = 18) -> tuple[str, ...]:
    """300 links that must be left alone."""
    return _filled(PLAIN_TEMPLATES, seed) + tuple(PLAIN_LITERALS)


def _filled(templates: list[str], seed: int) -> tuple[str, ...]:
    rng = random.Random(seed)
    return tuple(_fill(template, rng) for template in templates for _ in range(EACH))


def _fill(template: str, rng: random.Random) -> str:
    out = ""
    while template:
        text, _, rest = template.partition("{")
        name, _, template = rest.partition("}")
        out += text + (_form(name, rng) if name else "")
    return out


def _form(name: str, rng: random.Random) -> str:
    kind = name.rstrip(string.digits).removesuffix("_")
    kind = "base62" if name.startswith("base62") else kind
    kind = "base36" if name.startswith("base36") else kind
    kind = "base64url" if name.startswith("base64url") else kind
    size = name.removeprefix(kind).removeprefix("_")
    if kind in _WHOLE:
        return _WHOLE[kind](rng)
    return "".join(rng.choices(_ALPHABETS[kind], k=int(size)))


def _jwt(rng: random.Random) -> str:
    body = "".join(rng.choices(BASE64URL, k=60))
    return f"eyJhbGciOiJIUzI1NiJ9.eyJ{body}.{body[::-1][:43]}"


def _word(rng: random.Random) -> str:
    return rng.choice(("river", "garden", "admin", "hunter", "kettle"))


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


_WHOLE: dict[str, Callable[[random.Random], str]] = {"jwt": _jwt, "word": _word, "uuid": _uuid}
_ALPHABETS = {
    "base36": string.ascii_lowercase + string.digits,
    "base62": BASE62,
    "base64url": BASE64URL,
    "digits": string.digits,
    "hex": "0123456789abcdef",
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase + string.digits,
    "upperhex": "0123456789ABCDEF",
}
