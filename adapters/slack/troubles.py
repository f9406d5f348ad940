"""What Slack's error names mean for us: https://docs.slack.dev/reference/methods/chat.postMessage.

Each name stands here once; a name that does not is one that may be mended by trying again.
"""

from __future__ import annotations

from bot.deliveries import Trouble

TROUBLES: dict[str, Trouble] = {
    **dict.fromkeys(
        ["not_in_channel", "is_archived", "channel_is_archived", "thread_not_found"], Trouble.GONE
    ),
    **dict.fromkeys(
        ["message_not_found", "cant_update_message", "edit_window_closed"], Trouble.GONE
    ),
    **dict.fromkeys(
        [
            "restricted_action",
            "restricted_action_read_only_channel",
            "restricted_action_thread_only_channel",
            "restricted_action_non_threadable_channel",
            "restricted_action_thread_locked",
            "team_access_not_granted",
            "as_user_not_supported",
        ],
        Trouble.GONE,
    ),
    **dict.fromkeys(["messages_tab_disabled", "cannot_dm_bot", "user_disabled"], Trouble.CLOSED),
    **dict.fromkeys(["user_not_found", "user_is_deactivated", "user_not_in_channel"], Trouble.LEFT),
    **dict.fromkeys(
        [
            "account_inactive",
            "invalid_auth",
            "not_authed",
            "token_revoked",
            "token_expired",
            "org_login_required",
        ],
        Trouble.REVOKED,
    ),
    **dict.fromkeys(
        [
            "invalid_blocks",
            "invalid_blocks_format",
            "invalid_arguments",
            "invalid_metadata_format",
            "msg_too_long",
            "msg_blocks_too_long",
            "no_text",
            "too_many_attachments",
        ],
        Trouble.REJECTED,
    ),
}
# Slack answers alike for a place that is gone and for a person who takes no messages.
NOT_FOUND = "channel_not_found"
LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
REVOKED = frozenset(name for name, trouble in TROUBLES.items() if trouble is Trouble.REVOKED)
# "It is possible some aspect of the operation succeeded before the error was raised."
DOUBTFUL = frozenset({"fatal_error", "internal_error", "request_timeout"})


def trouble_of(error: str, *, to_person: bool) -> Trouble | None:
    """Why something can never arrive; None when it may yet."""
    if error == NOT_FOUND:
        return Trouble.CLOSED if to_person else Trouble.GONE
    return TROUBLES.get(error)
