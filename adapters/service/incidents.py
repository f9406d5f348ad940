"""Whatever nobody expected: written to the log under a number by which it can be found again."""

from __future__ import annotations

import secrets

from bot.logs import logger


def noted(what: str, **where: object) -> str:
    """Log the exception that is being handled; the number of the incident."""
    incident = secrets.token_hex(4)
    logger().exception(what, incident=incident, **where)
    return incident
