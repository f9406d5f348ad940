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

_SECRETS = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|(?<=[?&])[^\s\"'<>]+"
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
    """A logger of ours, for events with fields."""
    _prepare()
    import structlog  # noqa: PLC0415 - see `configure`

    made: BoundLogger = structlog.get_logger()
    return made


@cache
def _prepare() -> logging.Formatter:
    """Set structlog up; the formatter that redacts."""
    import structlog  # noqa: PLC0415 - see `configure`

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
        foreign_pre_chain=shared,
    )


class _LateFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return _prepare().format(record)
