"""How old a change is when open screens have it, what an idle stream costs, and whether the relay keeps up."""

import asyncio
import time
from contextlib import suppress

import uvloop

from bench.home import Home
from bench.http_client import Run, open_loop
from bench.listeners import listening
from bench.model import Row, percentiles
from bench.scenarios.booking import BOOKED, REFUSED
from bench.session import OPEN_LOOP_CONNECTIONS, Bench, BenchOn

LISTENERS = 500
IDLE = 10_000
BOOKINGS_PER_SECOND = 200.0
ONE_IN = 100
"""Every so manieth booking is in the hotel that is listened to: two a second, twice its even share of 200 hotels."""

LISTENED_SECONDS = 30.0
"""With two events a second a shorter run has too few of them to tell of the slowest."""

TARGET_P99_MS = 250.0
WATCHED_HOTEL = 0
_UNPOSITIONED = "select count(*) from events where position is null"


def run(home: Home, bench_on: BenchOn) -> list[Row]:
    """Measure 500 screens of one hotel under 200 bookings a second, then 10,000 streams at rest."""
    with home.serving(OMD_STREAMS_PER_CALLER="100000") as api:
        bench = bench_on(api)
        return [*_screens(bench), *_at_rest(bench)]


def _screens(bench: Bench) -> list[Row]:
    traffic = bench.traffic("live")
    sent = 0

    def next_booking() -> bytes:
        nonlocal sent
        sent += 1
        if sent % ONE_IN:
            return traffic.booking()
        return traffic.booking_of(WATCHED_HOTEL, sent // ONE_IN % 4, 1 + sent // ONE_IN % 320, 2)

    waiting: list[int] = []

    async def work() -> tuple[Run, list[float], float]:
        async with listening(bench.api.address, [traffic.stream_of(WATCHED_HOTEL)] * LISTENERS) as listeners:
            # As with every other run, what happens while connections and caches are cold is not measured.
            for each in listeners:
                each.count_from = time.time() + bench.warm_up
            watching = asyncio.create_task(_watched(bench, waiting))
            run = await open_loop(
                bench.api.address,
                next_booking,
                rate=BOOKINGS_PER_SECOND,
                connections=OPEN_LOOP_CONNECTIONS,
                seconds=max(bench.seconds, LISTENED_SECONDS),
                warm_up=bench.warm_up,
            )
            ended = time.perf_counter()
            while await asyncio.to_thread(bench.home.sql, _UNPOSITIONED) != "0":
                pass
            drained = time.perf_counter() - ended
            await asyncio.sleep(1.0)
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            counts = {len(each.ages_ms) for each in listeners}
            assert len(counts) == 1, f"some screens were told more than others: {sorted(counts)}"
            return run, [age for each in listeners for age in each.ages_ms], drained

    run, ages, drained = uvloop.run(work())
    unexpected = set(run.statuses) - {BOOKED, REFUSED}
    assert not unexpected, f"unexpected answers: {unexpected}"
    latency = percentiles(ages, run.seconds)
    booked = run.measured_statuses.get(BOOKED, 0) / run.seconds
    return [
        Row(
            f"change to {LISTENERS} open screens of one hotel under {booked:.0f} bookings/s: p99",
            "ms",
            round(latency.p99_ms, 1),
            TARGET_P99_MS,
            note=f"p50 {latency.p50_ms:.1f} ms from the request's start; {len(ages):,} arrivals; "
            f"booking p99 {run.latency.p99_ms:.1f} ms",
        ),
        Row(
            "events without a position, the most at any look",
            "events",
            max(waiting),
            note=f"looked {len(waiting)} times; none were left {drained * 1000:.0f} ms after the last booking",
        ),
    ]


async def _watched(bench: Bench, waiting: list[int]) -> None:
    while True:
        waiting.append(int(await asyncio.to_thread(bench.home.sql, _UNPOSITIONED)))
        await asyncio.sleep(0.5)


def _at_rest(bench: Bench) -> list[Row]:
    traffic = bench.traffic("idle")

    def memory() -> int:
        return sum(worker.memory_info().rss for worker in bench.api.workers())

    async def work() -> tuple[float, list[float]]:
        before = memory()
        requests = [traffic.stream_of(number % bench.data.hotels) for number in range(IDLE)]
        async with listening(bench.api.address, requests) as listeners:
            held = (memory() - before) / IDLE
            for number in range(20):
                await open_one(bench, traffic.booking_of(WATCHED_HOTEL, number % 4, 1 + number, 1))
                await asyncio.sleep(0.2)
            await asyncio.sleep(1.0)
            return held, [age for each in listeners for age in each.ages_ms]

    held, ages = uvloop.run(work())
    latency = percentiles(ages, 1.0)
    return [
        Row(
            f"memory of an idle stream, {IDLE:,} open",
            "kB",
            round(held / 1024, 1),
            note=f"of the workers together; a change then reaches {IDLE // bench.data.hotels} screens in "
            f"p99 {latency.p99_ms:.0f} ms",
        )
    ]


async def open_one(bench: Bench, request: bytes) -> None:
    """Send one request on a connection of its own."""
    reader, writer = await asyncio.open_connection(bench.api.address.host, bench.api.address.port)
    writer.write(request)
    await reader.readuntil(b"\r\n\r\n")
    writer.close()
