"""What the command line does for Slack: the manifest of an app, and the doctor's look at it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from adapters.cli.output import say

if TYPE_CHECKING:
    from bot.ports import Store
    from bot.settings import Settings


def print_manifest(http: str, prefix: str, install: str) -> None:
    """Print the manifest as JSON, which Slack takes as it takes YAML."""
    from adapters.slack.manifest import manifest  # noqa: PLC0415 - only this needs it

    say(json.dumps(manifest(http, prefix, install), indent=2, ensure_ascii=False))


def print_key() -> None:
    """Print a key that encrypts the tokens of workspaces."""
    from adapters.slack.vault import new_key  # noqa: PLC0415 - only this needs it

    say(new_key())


def slack(settings: Settings, store: Store) -> list[str]:
    """What the doctor has to say about Slack."""
    from adapters.slack.doctor import check  # noqa: PLC0415 - the SDK takes a while to load

    return check(settings, store)
