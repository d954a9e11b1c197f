"""Logs go to standard error: dotted events in the past tense with keyword facts."""

from __future__ import annotations

import logging
import sys

import structlog

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


def configure(verbosity: int) -> None:
    """Log from `verbosity` on: 0 warnings, 1 what is done, 2 everything. JSON off a terminal."""
    level = _LEVELS[min(verbosity, len(_LEVELS) - 1)]
    # Plain tracebacks: the values of local variables may be secrets.
    on_terminal = sys.stderr.isatty()
    last: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if on_terminal
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
