"""One line for each event: JSON in production, readable on a terminal. Ids, counts and codes only.

An exception is logged as its types and places: its message may hold a value of the chart.
"""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, WrappedLogger

OURS = "trial_hooks"
# Loggers of the libraries under us; what they say goes through the same door.
# uvicorn.access would write addresses with ids, at INFO.
UNDER_US = (
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "alembic",
    "sqlalchemy",
    "httpx",
    "httpcore",
    "opentelemetry",
    "asyncio",
)
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure_logs(stream: TextIO | None = None) -> logging.Handler:
    """Send everything to `stream` (standard error): JSON lines, or colours where it is a terminal. May be repeated."""
    out = stream or sys.stderr
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_messages,
    ]
    last = structlog.dev.ConsoleRenderer() if out.isatty() else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        _Formatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    for old in [one for one in root.handlers if getattr(one, "trial_hooks", False)]:
        root.removeHandler(old)
    handler.trial_hooks = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    logging.getLogger(OURS).setLevel(logging.INFO)
    for name in UNDER_US:
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    return handler


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Takes a library's sentence without what it filled in: that may be an address, a statement or a value."""

    def format(self, record: logging.LogRecord) -> str:
        if not record.name.startswith(OURS):
            plain = logging.makeLogRecord(record.__dict__)
            plain.msg = str(record.msg) if record.args else f"{record.module}:{record.lineno}"
            plain.args = None
            return super().format(plain)
        return super().format(record)


def without_messages(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Replace an exception by its chain of types and the places it passed through."""
    given = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if given:
        info = sys.exc_info() if given is True else given
        error = info if isinstance(info, BaseException) else cast(ExcInfo, info)[1]
        if error is not None:
            event.update(fault_of(error))
    return event


def fault_of(error: BaseException) -> dict[str, list[str]]:
    """What may be logged of an exception: its chain of types and the last places it passed through."""
    places = traceback.extract_tb(error.__traceback__)[-8:]
    return {
        "kinds": _types(error),
        "places": [f"{place.filename.rsplit('/', 1)[-1]}:{place.lineno}" for place in places],
    }


def _types(error: BaseException) -> list[str]:
    found: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(found) < 8:
        found.append(type(seen).__name__)
        seen = seen.__cause__ or seen.__context__
    return found
