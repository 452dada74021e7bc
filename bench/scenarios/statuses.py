"""How old the change of a room's condition is when every open screen of its hotel has it."""

import asyncio
import time
from itertools import cycle

import uvloop

from bench.home import Home
from bench.http_client import Run, open_loop
from bench.listeners import listening
from bench.model import Row, percentiles
from bench.scenarios.live import LISTENERS, WATCHED_HOTEL
from bench.session import Bench, BenchOn

CHANGES_PER_SECOND = 10.0
"""A full house is cleaned in some four hours: fifty rooms an hour and hotel are one change a minute."""

CONNECTIONS = 4
TARGET_P99_MS = 200.0
_CHANGED = 200
_ROOMS = "select id from individual_rooms where business_id = {business} order by id"


def run(home: Home, bench_on: BenchOn) -> list[Row]:
    """Measure 500 screens of one hotel whose rooms are cleaned and get dirty, ten a second."""
    with home.serving(OMD_STREAMS_PER_CALLER="100000") as api:
        return _screens(bench_on(api))


def _screens(bench: Bench) -> list[Row]:
    traffic = bench.traffic("statuses")
    business = bench.data.business_of(WATCHED_HOTEL)
    rooms = [int(each) for each in bench.home.sql(_ROOMS.format(business=business)).split()]
    # All of them cleaned, then all of them dirty: each request changes something.
    changes = cycle([(room, condition) for condition in ("clean", "dirty") for room in rooms])

    async def work() -> tuple[Run, list[float]]:
        async with listening(bench.api.address, [traffic.stream_of(WATCHED_HOTEL)] * LISTENERS) as listeners:
            for each in listeners:
                each.count_from = time.time() + bench.warm_up
            run = await open_loop(
                bench.api.address,
                lambda: traffic.condition_of(WATCHED_HOTEL, *next(changes)),
                rate=CHANGES_PER_SECOND,
                connections=CONNECTIONS,
                seconds=max(bench.seconds, 20.0),
                warm_up=bench.warm_up,
            )
            await asyncio.sleep(1.0)
            counts = {len(each.ages_ms) for each in listeners}
            assert len(counts) == 1, f"some screens were told more than others: {sorted(counts)}"
            assert counts != {0}, "no screen was told of anything"
            return run, [age for each in listeners for age in each.ages_ms]

    run, ages = uvloop.run(work())
    assert set(run.statuses) == {_CHANGED}, f"unexpected answers: {run.statuses}"
    latency = percentiles(ages, run.seconds)
    return [
        Row(
            f"a room's condition to {LISTENERS} open screens of its hotel, {CHANGES_PER_SECOND:.0f} a second: p99",
            "ms",
            round(latency.p99_ms, 1),
            TARGET_P99_MS,
            note=f"p50 {latency.p50_ms:.1f} ms from the request's start; {len(ages):,} arrivals; "
            f"the request p99 {run.latency.p99_ms:.1f} ms",
        )
    ]
