"""Quotas, and the arithmetic of the generic cell rate algorithm (GCRA) that both stores share."""

import math
from collections.abc import Sequence
from typing import Annotated

import msgspec

MICROSECONDS = 1_000_000
MOST_REQUESTS = 1_000_000
LONGEST_WINDOW_SECONDS = 86_400
MOST_PER_SECOND = 20_000
"""Above it the whole microseconds between two requests would be more than 2 % off."""


class Quota(msgspec.Struct, frozen=True):
    """So many requests at once, given back evenly over so many seconds.

    In any window of that length at most twice `requests` pass: what was saved up, and what is given back meanwhile.
    """

    requests: Annotated[int, msgspec.Meta(ge=1, le=MOST_REQUESTS)]
    seconds: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_WINDOW_SECONDS)]

    @property
    def interval(self) -> int:
        """Return the microseconds in which one request is given back."""
        return max(1, self.seconds * MICROSECONDS // self.requests)

    @property
    def is_sound(self) -> bool:
        """Say whether the numbers are within what can be counted."""
        return (
            1 <= self.requests <= MOST_REQUESTS
            and 1 <= self.seconds <= LONGEST_WINDOW_SECONDS
            and self.requests <= self.seconds * MOST_PER_SECOND
        )

    def __str__(self) -> str:
        """Return it for a reader: `300 in 10 seconds`."""
        return f"{self.requests:,} in {self.seconds:,} second{'s' * (self.seconds != 1)}"


class Level(msgspec.Struct, frozen=True):
    """One limit that a request is charged to: its name for people, and whose use is counted under `key`."""

    name: str
    key: str
    quota: Quota

    @property
    def counter(self) -> str:
        """Return under which key the use is counted: a quota that was changed begins anew."""
        return f"{self.key}/{self.quota.requests}/{self.quota.seconds}"


class Standing(msgspec.Struct, frozen=True):
    """How a level stands after a request: requests left, microseconds until all is given back, and to wait."""

    level: Level
    remaining: int
    reset: int
    wait: int

    @property
    def reset_seconds(self) -> int:
        """Return the whole seconds after which nothing is used."""
        return math.ceil(self.reset / MICROSECONDS)


class Verdict(msgspec.Struct, frozen=True):
    """What the levels said of one request, in their order."""

    standings: tuple[Standing, ...]

    @property
    def refused_by(self) -> Standing | None:
        """Return the level that keeps the request out longest, None when all of them let it in."""
        refusing = [each for each in self.standings if each.wait > 0]
        return max(refusing, key=lambda each: each.wait) if refusing else None


def verdict_of(levels: Sequence[Level], numbers: Sequence[int]) -> Verdict:
    """Return the verdict that three numbers a level say: remaining, reset and wait."""
    return Verdict(
        tuple(
            Standing(level, max(0, numbers[3 * at]), numbers[3 * at + 1], numbers[3 * at + 2])
            for at, level in enumerate(levels)
        )
    )
