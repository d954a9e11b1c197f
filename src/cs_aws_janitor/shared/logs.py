"""Logs go to standard error: dotted events in the past tense with keyword facts."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping

FOR_CLOUDWATCH = "_aws"  # the fact that tells CloudWatch which others are metrics
_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


class Log:
    """The log of this process.

    structlog is imported with the first event that is shown: most commands show none, and would
    wait for it as long as for a quarter of botocore.
    """

    def __init__(self) -> None:
        self._level = _LEVELS[0]

    def configure(self, verbosity: int) -> None:
        """Show from `verbosity` on: 0 warnings, 1 what is done, 2 everything."""
        self._level = _LEVELS[min(verbosity, len(_LEVELS) - 1)]
        if "structlog" in sys.modules:
            sys.modules["structlog"].reset_defaults()

    def debug(self, event: str, **facts: Any) -> None:
        """For whoever mends the janitor."""
        self._tell(logging.DEBUG, event, facts)

    def info(self, event: str, **facts: Any) -> None:
        """What was done."""
        self._tell(logging.INFO, event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        """What whoever runs it should hear of."""
        self._tell(logging.WARNING, event, facts)

    def always(self, event: str, **facts: Any) -> None:
        """What was done, shown whatever the verbosity: of a run that nobody watches."""
        self._show(logging.INFO, event, facts)

    def _tell(self, level: int, event: str, facts: dict[str, Any]) -> None:
        if level >= self._level:
            self._show(level, event, facts)

    def _show(self, level: int, event: str, facts: dict[str, Any]) -> None:
        import structlog  # noqa: PLC0415  see above

        if not structlog.is_configured():
            _configure()
        structlog.get_logger().log(level, event, **facts)


log = Log()


def _configure() -> None:
    """Words on a terminal, JSON elsewhere; what a terminal has no use for is left out there."""
    import structlog  # noqa: PLC0415

    # Plain tracebacks: the values of local variables may be secrets.
    last: list[structlog.typing.Processor] = (
        [
            _for_people,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
        if sys.stderr.isatty()
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _for_people(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop(FOR_CLOUDWATCH, None)
    return event
