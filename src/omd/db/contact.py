"""Whether the database answers this process, and when it last did: what is known without it is judged by that."""

import time
from collections.abc import Sequence
from typing import Protocol

SILENT_SECONDS = 1.0
"""After so long without an answer, though it is asked many times a second, the database is taken to be away."""

MOST_SILENT_SECONDS = 120.0
"""A restart, the recovery from a crash and a failover are over by then; what lasts longer is not bridged."""

KNOWN_WITHIN_SECONDS = 1.0
"""What is to hold without the database was asked no longer than this before its last answer."""


class Answers(Protocol):
    """Whatever asks the database."""

    @property
    def answered_at(self) -> float:
        """The instant of the last answer by the monotonic clock, minus infinity before the first."""
        ...


class DatabaseContact:
    """The contact of one process with the database, over all its pools; without pools nothing is ever silent or known.

    At least one of the pools must be asked all the time, or silence would mean that nobody asked.
    """

    def __init__(
        self,
        pools: Sequence[Answers] = (),
        *,
        silent_seconds: float = SILENT_SECONDS,
        most_silent_seconds: float = MOST_SILENT_SECONDS,
    ) -> None:
        self._pools = tuple(pools)
        self._silent_seconds = silent_seconds
        self.most_silent_seconds = most_silent_seconds
        self._began_at = time.monotonic()

    @property
    def is_silent(self) -> bool:
        """Say whether the database has stopped to answer."""
        if not self._pools:
            return False
        return time.monotonic() - max(self._began_at, self._answered_at) > self._silent_seconds

    def covers(self, asked_at: float) -> bool:
        """Say whether what was asked at an instant of the monotonic clock may be acted on without the database.

        It may where it was true within a second of the last answer, and that is not too long ago: whatever had ended
        by then has ended here.
        """
        answered_at = self._answered_at
        if time.monotonic() - answered_at > self.most_silent_seconds:
            return False
        return answered_at - asked_at <= KNOWN_WITHIN_SECONDS

    @property
    def _answered_at(self) -> float:
        return max((each.answered_at for each in self._pools), default=float("-inf"))
