"""What authentication, permissions and limits add to a request: the API beside itself without its door."""

from statistics import median

import msgspec

from bench.door import measure as measure_door
from bench.model import Row
from bench.open_app import FIRST_BUSINESS, FIRST_OMD
from bench.session import Bench, Measured

TARGET_MS = 1.0
ROUNDS = 3


def run(bench: Bench) -> list[Row]:
    """Ask for availability with the door and without, in turns, and measure the door's own steps."""
    firsts = {FIRST_OMD: str(bench.data.first_omd), FIRST_BUSINESS: str(bench.data.first_business)}
    with bench.home.serving(program="bench.open_server", **firsts) as api:
        without = msgspec.structs.replace(bench, api=api)
        rows = [_added(bench, without, connections) for connections in (1, 16)]
    return [*rows, _door_row(bench)]


def _added(bench: Bench, without: Bench, connections: int) -> Row:
    closed, opened = [], []
    for _ in range(ROUNDS):
        # In turns, so that a neighbour on the machine disturbs both alike.
        closed.append(_measure(bench, connections))
        opened.append(_measure(without, connections))
    with_door, without_door = _p50(closed), _p50(opened)
    name = f"availability, {connections} connection{'s' * (connections > 1)}: p50 that the door adds"
    return Row(
        name,
        "ms",
        round(with_door - without_door, 3),
        TARGET_MS,
        note=f"with {with_door:.2f}, without {without_door:.2f} ms; median of {ROUNDS} turns",
        details={"with": _details(closed), "without": _details(opened)},
    )


def _measure(bench: Bench, connections: int) -> Measured:
    return bench.closed_loop(bench.traffic("access").availability, connections=connections, expected={200})


def _p50(runs: list[Measured]) -> float:
    return median(each.run.latency.p50_ms for each in runs)


def _details(runs: list[Measured]) -> list[dict[str, object]]:
    return [{**msgspec.to_builtins(each.run.latency), **msgspec.to_builtins(each.cpu)} for each in runs]


def _door_row(bench: Bench) -> Row:
    cost = measure_door(bench.home, bench.data)
    note = (
        f"key {cost.resolve:g}, actor {cost.narrow:g}, limits {cost.limits:g} µs; "
        f"limits with 16 at once {cost.limits_16_at_once:g}; gate {cost.gate:g}"
    )
    return Row(
        "the door inside the process, one request",
        "µs",
        round(cost.together, 1),
        note=note,
        details=msgspec.to_builtins(cost),
    )
