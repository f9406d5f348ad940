"""Installing the app by OAuth: https://docs.slack.dev/authentication/installing-with-oauth."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.platforms.slack.state import Json, Refused, Team

if TYPE_CHECKING:
    from tests.platforms.slack.server import Slack

CLIENT_ID = "1111.2222"
CLIENT_SECRET = "client-secret-5b3e"


@dataclass
class OAuth:
    """Codes that were given out and may be exchanged once, for the address they were given to."""

    slack: Slack
    codes: dict[str, tuple[Team, str]] = field(default_factory=dict)
    given: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def answer(self, location: str, team: Team, *, yes: bool = True) -> str:
        """Somebody of a team decides on Slack's page: where their browser is sent."""
        asked = urlsplit(location)
        assert location.startswith(f"{self.slack.url}oauth/v2/authorize?"), location
        query = {key: values[0] for key, values in parse_qs(asked.query).items()}
        assert query["client_id"] == CLIENT_ID
        assert set(query["scope"].split(",")) == set(team.scopes)
        back = query["redirect_uri"]
        assert back in team.manifest["oauth_config"]["redirect_urls"], "bad_redirect_uri"
        if not yes:
            return f"{back}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        code = f"{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self.codes[code] = team, back
        self.given += [code, query["state"]]
        return f"{back}?{urlencode({'code': code, 'state': query['state']})}"

    def exchange(self, args: Json) -> Json:
        """Answer `oauth.v2.access`: from now on the app is installed, with a new token."""
        if args.get("client_id") != CLIENT_ID:
            raise Refused("invalid_client_id")
        if args.get("client_secret") != CLIENT_SECRET:
            raise Refused("bad_client_secret")
        team, back = self.codes.pop(str(args.get("code")), (None, ""))
        if team is None:
            raise Refused("invalid_code")
        if args.get("redirect_uri") != back:
            raise Refused("bad_redirect_uri")
        team.token = f"xoxb-{team.id}-{secrets.token_hex(8)}"
        team.revoked = None
        self.tokens.append(team.token)
        return {
            "ok": True,
            "app_id": team.app_id,
            "authed_user": {"id": next(iter(team.people), "U0")},
            "scope": ",".join(team.scopes),
            "token_type": "bot",
            "access_token": team.token,
            "bot_user_id": team.bot_user,
            "team": {"id": team.id, "name": team.name},
            "enterprise": None,
            "is_enterprise_install": False,
        }
