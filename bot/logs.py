"""Logs: one line an event, to standard error, without anything secret.

Tokens, passwords and the queries of URLs never reach a log, whoever writes it: the redactor
stands on the root logger, below every library.
"""

from __future__ import annotations

import logging
import re
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from structlog.stdlib import BoundLogger

NAME = "grapevine"
_SECRETS = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}"
    r"|(?<=://)[^/\s:@]*:[^/\s]+(?=@)|(?<=[?&])[^\s\"'<>]+"
)


def redacted(text: str) -> str:
    """The text without tokens, passwords in addresses and queries of URLs."""
    return _SECRETS.sub("…", text)


def _redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: v if key.startswith("_") else _bare(v) for key, v in event.items()}


def _bare(value: Any) -> Any:
    """A value as it may be logged; whatever is no plain value may hold a secret inside."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return redacted(value if isinstance(value, str) else repr(value))


def configure(level: str) -> None:
    """Send all logs, ours and the libraries', to standard error.

    structlog is loaded when the first line is written: most commands write none.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LateFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())


def logger() -> BoundLogger:
    """A logger of ours, for events with fields; it needs nothing set up in structlog itself."""
    from structlog.stdlib import BoundLogger, ProcessorFormatter  # noqa: PLC0415 - see `configure`

    steps = [*_shared(), ProcessorFormatter.wrap_for_formatter]
    return BoundLogger(logging.getLogger(NAME), steps, {})


@cache
def _shared() -> list[Any]:
    """What every line goes through, ours and the libraries'."""
    import structlog  # noqa: PLC0415 - see `configure`

    return [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact,
    ]


@cache
def _redacting() -> logging.Formatter:
    """What writes a line."""
    import structlog  # noqa: PLC0415 - see `configure`

    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
        foreign_pre_chain=_shared(),
    )


class _LateFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return _redacting().format(record)
