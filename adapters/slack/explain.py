"""What Slack's errors mean for whoever runs Grapevine: one sentence each, and what to do."""

from __future__ import annotations

from adapters.slack.calls import Denied

_SENTENCES = {
    "invalid_auth": "Slack does not know this token; copy it again from the app’s page at "
    "api.slack.com/apps.",
    "not_authed": "Slack got no token; put SLACK_BOT_TOKEN into the environment or .env.",
    "account_inactive": "The app was uninstalled or its token revoked; install it again and copy "
    "the new SLACK_BOT_TOKEN.",
    "token_revoked": "The app was uninstalled or its token revoked; install it again and copy "
    "the new SLACK_BOT_TOKEN.",
    "token_expired": "The token has expired; install the app again without token rotation.",
    "not_allowed_token_type": "That is another kind of token: SLACK_BOT_TOKEN begins with xoxb-, "
    "SLACK_APP_TOKEN with xapp-.",
    "bad_client_secret": "Slack does not know this client secret; copy it again from Basic "
    "Information at api.slack.com/apps.",
    "invalid_client_id": "Slack does not know this client id; copy it again from Basic Information "
    "at api.slack.com/apps.",
    "forbidden_method": "Socket Mode is off for this app; switch it on at api.slack.com/apps.",
}


def explained(denied: Denied) -> str:
    """A denial in one sentence."""
    if denied.error == "missing_scope":
        scope = str(denied.more.get("needed") or "another scope").split(",")[0]
        return (
            f"The app may not do that: add the scope {scope} at api.slack.com/apps "
            "and install it again."
        )
    return _SENTENCES.get(denied.error, f"Slack says no ({denied.error}); grapevine doctor helps.")
