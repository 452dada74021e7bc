"""Night audits: of one full house of 222 rooms through the API, and of 200 full hotels while bookings go on."""

import asyncio
import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus

import uvloop

from bench.dataset import empty_of_stays
from bench.desk_hotel import ROOMS, bring_in
from bench.full_houses import by_the_clock, fill_houses
from bench.model import BenchFailed, Row
from bench.session import Bench
from omd.entrypoints.databases import opened
from omd.features.nightaudit import run_night_audit
from omd.kernel.actor import Actor
from omd.kernel.clock import SystemClock
from omd.kernel.ids import BusinessId, OmdId

TARGET_ONE_SECONDS = 5.0
TARGET_ALL_SECONDS = 300.0
AT_ONCE = 4
"""Audits under way at once: as many jobs as a worker does."""

BOOKINGS_PER_SECOND = 50.0
BOOKED_FOR_SECONDS = 30.0
"""Bookings are measured for as long, of all the time that the audits take."""


def run(bench: Bench) -> list[Row]:
    """Close a date of one full house, then of all hotels of the dataset while the API books."""
    day = datetime.now(UTC).date() - timedelta(days=2)
    empty_of_stays(bench.home)
    try:
        return [_one_house(bench, day), *_all_houses(bench, day)]
    finally:
        by_the_clock(bench.home)
        empty_of_stays(bench.home)


def _one_house(bench: Bench, day: date) -> Row:
    _, business_id, token = bring_in(bench.home)
    guests = fill_houses(bench.home, (business_id,), day)
    bench.say(f"Closing {day} of a hotel with {guests} guests")
    address = bench.api.address
    connection = http.client.HTTPConnection(address.host, address.port, timeout=60)
    began = time.perf_counter()
    connection.request(
        "POST",
        f"/api/v1/businesses/{business_id}/night-audits",
        json.dumps({"business_date": str(day)}),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    answer = connection.getresponse()
    shown = answer.read()
    seconds = time.perf_counter() - began
    connection.close()
    if answer.status != HTTPStatus.CREATED:
        raise BenchFailed(f"The audit was answered {answer.status} {shown[:300]!r}")
    details: dict[str, object] = {"guests": guests, "steps": json.loads(shown)["steps"]}
    name = f"night audit of a full house of {ROOMS} rooms"
    return Row(name, "s", round(seconds, 2), TARGET_ONE_SECONDS, note=f"{guests} guests charged", details=details)


def _all_houses(bench: Bench, day: date) -> list[Row]:
    data = bench.data
    hotels = {data.first_business + index: data.omd_of(index) for index in range(data.hotels)}
    guests = fill_houses(bench.home, tuple(hotels), day)
    bench.say(f"Closing {day} of {len(hotels)} hotels with {guests} guests, at {BOOKINGS_PER_SECOND:.0f} bookings/s")
    traffic = bench.traffic("audit")
    with ThreadPoolExecutor(1) as audits:
        closing = audits.submit(uvloop.run, _close_all(bench, hotels, day))
        booked = bench.open_loop(
            traffic.booking_with_key, rate=BOOKINGS_PER_SECOND, seconds=BOOKED_FOR_SECONDS, expected={201, 409}
        )
        seconds = closing.result()
    name = f"night audits of {len(hotels)} full hotels, while {BOOKINGS_PER_SECOND:.0f} stays a second are booked"
    return [
        Row(name, "s", round(seconds, 1), TARGET_ALL_SECONDS, note=f"{guests} guests charged, {AT_ONCE} at once"),
        Row("booking meanwhile, open loop: p99", "ms", booked.run.latency.p99_ms, note=booked.run.latency.note),
    ]


async def _close_all(bench: Bench, hotels: dict[int, int], day: date) -> float:
    turns = asyncio.Semaphore(AT_ONCE)
    async with opened(bench.home.postgres.dsn(user="omd_app"), "omd_app", AT_ONCE) as database:

        async def close(business_id: int, omd_id: int) -> None:
            only = (BusinessId(business_id),)
            async with turns:
                actor = Actor(OmdId(omd_id), "system", only, only, "jobs")
                await run_night_audit(database, actor, only[0], day, SystemClock())

        began = time.perf_counter()
        await asyncio.gather(*(close(business_id, omd_id) for business_id, omd_id in hotels.items()))
        return time.perf_counter() - began
