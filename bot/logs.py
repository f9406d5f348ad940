"""Logs: one line an event, to standard error, without anything secret.

Tokens, passwords and the queries of URLs never reach a log, whoever writes it: the redactor
stands on the root logger, below every library.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_SECRETS = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|(?<=[?&])[^\s\"'<>]+"
)


def redacted(text: str) -> str:
    """The text without tokens, passwords in addresses and queries of URLs."""
    return _SECRETS.sub("…", text)


def _redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: redacted(v) if isinstance(v, str) else v for key, v in event.items()}


def configure(level: str) -> None:
    """Send all logs, ours and the libraries', to standard error."""
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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
