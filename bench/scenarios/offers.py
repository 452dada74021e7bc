"""Offers of a hotel, prices of a destination: how fast, how soon they know of a change, what they take to store."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import msgspec
import uvloop

from bench.freshness import Change, Staleness, watch_changes
from bench.model import Row
from bench.pgbench import Script
from bench.prices import plans_of, price, size
from bench.scenarios.availability import latency_rows
from bench.session import Bench, Measured
from omd.db import load_statements

CONNECTIONS = 16
TARGET_OFFERS_P99_MS = 15.0
TARGET_SEARCH_P99_MS = 20.0
TARGET_YEAR_SECONDS = 1.0
TARGET_VISIBLE_P99_MS = 250.0
WATCHED_SECONDS = 20.0
SEARCHES_PER_SECOND = 50.0
STAY = {"arrival": "(:start::date + :ahead::int)", "departure": "(:start::date + :ahead::int + 7)"}

BARE = Script(
    "offers.sql",
    (load_statements("omd.features.offers")["read_offer_ground"],),
    {
        "actor_role": "'omd_app'",
        "actor_omd_id": ":omd",
        "actor_scope": "'hotel'",
        "actor_business_ids": "array[:business::int]",
        "actor_staff_business_ids": "array[:business::int]",
        "hotel_ids": "array[:business::int]",
        "agency": "null",
        **STAY,
    },
)


def run(bench: Bench) -> list[Row]:
    """Measure offers and priced searches, remembered and read, then how soon they show a year of new prices."""
    price(bench.home, bench.data)
    rows, stored = size(bench.home)
    traffic = bench.traffic("offers")

    def measured(next_request: str) -> Measured:
        return bench.closed_loop(getattr(traffic, next_request), connections=CONNECTIONS, expected={200})

    # Warm: every worker has read what every hotel sells.
    measured("priced_search_soon")
    # And was asked by two guests before: the first offers of a hotel to a party take twice the time.
    measured("offers_soon")
    offers, offers_read = measured("offers_soon"), measured("offers")
    search, families = measured("priced_search_soon"), measured("priced_search_of_families")
    search_read = measured("priced_search")
    stale = _staleness(bench)
    what = f"7 nights, 4 types x 3 plans, {CONNECTIONS} connections"
    bare = bench.bare(BARE, clients=CONNECTIONS)
    return [
        *latency_rows(f"offers, {what}, remembered", TARGET_OFFERS_P99_MS, offers, bare),
        *latency_rows(f"offers, {what}, read", TARGET_OFFERS_P99_MS, offers_read, bare),
        *_rows(f"priced search of a destination, {CONNECTIONS} connections, remembered", search, TARGET_SEARCH_P99_MS),
        *_rows("the same by parties and stays of many kinds", families, TARGET_SEARCH_P99_MS),
        *_rows("the same, read", search_read, None),
        Row(
            "a year of prices of a hotel put in one call: most",
            "s",
            round(stale.change_max_ms / 1000, 3),
            TARGET_YEAR_SECONDS,
            note=f"p50 {stale.change_p50_ms:.0f} ms; 3 plans, 5 types, 365 nights; {stale.count} calls",
        ),
        Row(
            f"the same until every worker's priced search shows it, {SEARCHES_PER_SECOND:.0f} searches/s: p99",
            "ms",
            stale.p99_ms,
            TARGET_VISIBLE_P99_MS,
            note=f"p50 {stale.p50_ms:.0f}, most {stale.max_ms:.0f} ms",
        ),
        Row(
            f"stored: {rows / 1e6:.1f} million prices of nights, 200 hotels x 3 plans x 5 types x 5 years",
            "MB",
            round(stored / 1e6),
            note=f"{stored / rows:.0f} bytes a price, its keys included",
        ),
    ]


def _rows(name: str, api: Measured, target: float | None) -> list[Row]:
    latency = api.run.latency
    details: dict[str, object] = {
        "api": msgspec.to_builtins(latency),
        "cpu_per_request": msgspec.to_builtins(api.cpu),
    }
    return [
        Row(f"{name}: p99", "ms", latency.p99_ms, target, note=latency.note, details=details),
        Row(f"{name}: rate", "/s", latency.per_second, better="higher"),
    ]


def _staleness(bench: Bench) -> Staleness:
    watched, others, plans = bench.traffic("watched prices"), bench.traffic("priced"), plans_of(bench.home)
    # Other prices than those of an earlier run: what is put as it stands changes nothing.
    amounts = count(200 + int(time.time()) % 100_000)

    def next_change() -> Change:
        hotel = watched.hotel()
        return watched.year_of_prices(plans, hotel, next(amounts)), watched.priced_search_of(hotel)

    def watch() -> Staleness:
        return uvloop.run(watch_changes(bench.api.address, next_change, seconds=WATCHED_SECONDS, taken=200))

    with ThreadPoolExecutor(1) as beside:
        watching = beside.submit(watch)
        seconds = WATCHED_SECONDS + 1
        bench.open_loop(others.priced_search_soon, rate=SEARCHES_PER_SECOND, seconds=seconds, expected={200})
        return watching.result()
