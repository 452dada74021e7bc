"""Logs: one JSON object a line on standard error, whether structlog or the standard library wrote it."""

import logging.config
import re
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import ExcInfo, Processor

_VALUES = re.compile(r"\n(?:DETAIL|HINT|CONTEXT|QUERY):.*|(?<=query argument) \$\d+:.*|: \".*", re.DOTALL)
"""Where a message of the database begins to show the values of a row or a parameter."""


class _WithoutValues(ExceptionDictTransformer):
    """Tells of an exception and its causes without what they say of rows, parameters and locals.

    Those hold tokens and guests' names, which no log may.
    """

    def __init__(self) -> None:
        super().__init__(show_locals=False)

    def __call__(self, exc_info: ExcInfo) -> list[dict[str, Any]]:
        """Return the exception and its causes."""
        return _cleaned(super().__call__(exc_info))


def _cleaned(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for each in told:
        each["exc_value"] = without_values(each["exc_value"])
        each["exc_notes"] = [without_values(note) for note in each.get("exc_notes", ())]
        each["exceptions"] = [_cleaned(group) for group in each.get("exceptions", ())]
    return told


def without_values(message: str) -> str:
    """Return an error's message up to where it begins to show values."""
    return _VALUES.sub(" (values left out)", message)


_TRACEBACKS = structlog.processors.ExceptionRenderer(_WithoutValues())


def logging_config(level: str) -> dict[str, Any]:
    """Return the configuration of the standard library's logging, for this process or for a server's workers."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _TRACEBACKS,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
                "foreign_pre_chain": _shared_processors(),
            },
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "json"},
        },
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {},
    }


def configure_logging(level: str) -> None:
    """Send every log of this process to standard error as JSON, from `level` (debug ... error) up."""
    logging.config.dictConfig(logging_config(level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
