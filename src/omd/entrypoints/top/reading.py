"""Figures as they are told: read over HTTP, and taken apart."""

import time
from collections import defaultdict
from collections.abc import Iterator

import httpx2
import msgspec
from prometheus_client.parser import text_string_to_metric_families

from omd.kernel.errors import OmdError

PATIENCE_SECONDS = 5.0

Labels = tuple[tuple[str, str], ...]


class FiguresNotTold(OmdError):
    """No server tells its figures where they were asked for."""

    code = "figures_not_told"
    status = 503
    title = "No figures"


class Durations(msgspec.Struct, frozen=True):
    """A histogram: how many there were, their sum in seconds, and how many within each bound, the bounds rising."""

    count: float
    total: float
    within: tuple[tuple[float, float], ...]

    def __sub__(self, before: "Durations | None") -> "Durations":
        """Return what came since; of a server that was started anew meanwhile, all it has."""
        if before is None or before.count > self.count:
            return self
        earlier = dict(before.within)
        within = tuple((bound, count - earlier.get(bound, 0.0)) for bound, count in self.within)
        return Durations(self.count - before.count, self.total - before.total, within)

    def __add__(self, other: "Durations") -> "Durations":
        """Return both together; they have the same bounds."""
        more = dict(other.within)
        within = tuple((bound, count + more.get(bound, 0.0)) for bound, count in self.within)
        return Durations(self.count + other.count, self.total + other.total, within)

    def quantile(self, share: float) -> float | None:
        """Return the seconds within which this share was done, between two bounds by proportion; None for nothing."""
        if not self.count:
            return None
        wanted, low, below = share * self.count, 0.0, 0.0
        for bound, count in self.within:
            if count >= wanted:
                if bound == float("inf") or count == below:
                    return low
                return low + (bound - low) * (wanted - below) / (count - below)
            low, below = bound, count
        return low


class Scrape(msgspec.Struct, frozen=True):
    """The figures of one moment; `at` in seconds by the monotonic clock."""

    at: float
    values: dict[tuple[str, Labels], float]
    durations: dict[tuple[str, Labels], Durations]

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of the samples of this name that have these labels."""
        return sum(value for _, value in self.each(name, **labels))

    def each(self, name: str, **labels: str) -> Iterator[tuple[dict[str, str], float]]:
        """Yield the samples of this name that have these labels, each with all of its own."""
        for (known, pairs), value in self.values.items():
            own = dict(pairs)
            if known == name and labels.items() <= own.items():
                yield own, value

    def has(self, name: str) -> bool:
        """Say whether there is a sample of this name."""
        return any(known == name for known, _ in self.values)


def read_figures(url: str) -> Scrape:
    """Return what the server tells at the URL; raise `FiguresNotTold` when nobody does, or tells something else."""
    try:
        answer = httpx2.get(url, timeout=PATIENCE_SECONDS)
        answer.raise_for_status()
        return parse_figures(answer.text, at=time.monotonic())
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise FiguresNotTold(
            f"Nobody tells figures at {url} ({type(error).__name__}). Start the server with OMD_METRICS_PORT set, "
            "and set it here to the same, or name the address: omd top --url http://127.0.0.1:9464/metrics"
        ) from error


def parse_figures(text: str, *, at: float) -> Scrape:
    """Return the figures in a text of Prometheus' format; raise `ValueError` when it is none."""
    values: dict[tuple[str, Labels], float] = {}
    within: dict[tuple[str, Labels], list[tuple[float, float]]] = defaultdict(list)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = dict(sample.labels)
            bound = labels.pop("le", None) if family.type == "histogram" else None
            pairs = tuple(sorted(labels.items()))
            if bound is None:
                values[sample.name, pairs] = sample.value
            else:
                within[family.name, pairs].append((float(bound), sample.value))
    durations = {
        (name, pairs): Durations(
            values.get((f"{name}_count", pairs), 0.0), values.get((f"{name}_sum", pairs), 0.0), tuple(sorted(counts))
        )
        for (name, pairs), counts in within.items()
    }
    return Scrape(at, values, durations)
