"""What a measurement gives: rows beside their targets and beside bare SQL."""

from typing import Literal

import msgspec

Better = Literal["lower", "higher"]
Verdict = Literal["pass", "short", "-"]


class BenchFailed(Exception):
    """A measurement could not be made; the sentence says why."""


class Latency(msgspec.Struct, frozen=True):
    """Percentiles of one run in milliseconds, and the answers a second; `count` answers were measured."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    per_second: float
    count: int

    @property
    def note(self) -> str:
        """Return the other percentiles for the table."""
        return f"p50 {self.p50_ms:.1f}, p95 {self.p95_ms:.1f} ms"


class Row(msgspec.Struct, frozen=True):
    """One figure: `target` and `bare` are None where there is none; `note` goes beside it; `details` made it."""

    name: str
    unit: str
    measured: float
    target: float | None = None
    better: Better = "lower"
    bare: float | None = None
    note: str = ""
    details: dict[str, object] = {}

    @property
    def ratio(self) -> float | None:
        """Return measured by bare SQL, None where one is missing."""
        return self.measured / self.bare if self.bare else None

    @property
    def verdict(self) -> Verdict:
        """Say whether the target is reached."""
        if self.target is None:
            return "-"
        reached = self.measured <= self.target if self.better == "lower" else self.measured >= self.target
        return "pass" if reached else "short"


class Outcome(msgspec.Struct, frozen=True):
    """What one scenario gave, how long it took, and how busy the machine was just before (1-minute load average)."""

    rows: tuple[Row, ...]
    seconds: float
    load_average_before: float


class Results(msgspec.Struct, frozen=True):
    """Everything one run gave: the newest outcome of every scenario, by its name."""

    commit: str
    finished_at: str
    scale: int
    seconds_per_run: float
    machine: dict[str, object]
    outcomes: dict[str, Outcome]


def percentiles(latencies_ms: list[float], seconds: float) -> Latency:
    """Return the nearest-rank percentiles of the latencies of a run that was measured for `seconds`."""
    if not latencies_ms:
        raise BenchFailed("No request was answered while the clock ran.")
    ordered = sorted(latencies_ms)

    def rank(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)

    return Latency(
        p50_ms=rank(0.50),
        p95_ms=rank(0.95),
        p99_ms=rank(0.99),
        max_ms=round(ordered[-1], 3),
        per_second=round(len(ordered) / seconds, 1),
        count=len(ordered),
    )
