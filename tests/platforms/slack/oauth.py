"""Installing the app by OAuth: https://docs.slack.dev/authentication/installing-with-oauth."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.platforms.slack.state import Json, Refused, Team

if TYPE_CHECKING:
    from tests.platforms.slack.server import Slack

CLIENT_ID = "1111.2222"
CLIENT_SECRET = "client-secret"


@dataclass
class OAuth:
    """Codes that were given out and may be exchanged once."""

    slack: Slack
    codes: dict[str, Team] = field(default_factory=dict)

    def approve(self, team: Team, redirect_uri: str, state: str) -> str:
        """Somebody of a team says yes: where their browser is sent."""
        code = secrets.token_hex(8)
        self.codes[code] = team
        return f"{redirect_uri}?{urlencode({'code': code, 'state': state})}"

    def exchange(self, args: Json) -> Json:
        """Answer `oauth.v2.access`."""
        if (args.get("client_id"), args.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            raise Refused("bad_client_secret")
        team = self.codes.pop(str(args.get("code")), None)
        if team is None:
            raise Refused("invalid_code")
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
