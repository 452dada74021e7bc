"""What the product logs while a block runs, as a server would log it."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import structlog

from omd.infra.telemetry import configure_logging


@contextmanager
def logged() -> Iterator[StringIO]:
    """Configure logging as a server does, with this in place of standard error; afterwards all is as before."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    written = StringIO()
    try:
        configure_logging("debug")
        # A logger that remembers its configuration would keep it for the tests that follow.
        structlog.configure(cache_logger_on_first_use=False)
        (handler,) = root.handlers
        assert isinstance(handler, logging.StreamHandler)
        assert handler.setStream(written) is sys.stderr
        yield written
    finally:
        root.handlers[:], root.level = handlers, level
        structlog.configure(**before)


def lines(written: StringIO, event: str) -> list[dict[str, Any]]:
    """Return the objects logged under this event, having read every line as JSON."""
    return [each for each in map(json.loads, written.getvalue().splitlines()) if each["event"] == event]
