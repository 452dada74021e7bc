"""Loading 20,000 rooms and a year of nights into an empty database."""

import time

from bench import pgbench
from bench.dataset import HOTELS_PER_OMD, OMDS, ROOMS_PER_HOTEL, load
from bench.home import Home
from bench.model import Row

TARGET_SECONDS = 60.0


def run(home: Home, scale: int) -> list[Row]:
    """Load through the product's import and horizon, then write as many rows by one bare statement."""
    times = load(home, scale)
    began = time.perf_counter()
    home.sql((pgbench.BASELINES / "load.sql").read_text(encoding="utf-8"))
    bare = time.perf_counter() - began
    home.sql("drop table bench_room_nights;\ncheckpoint;")
    rooms = OMDS * scale * HOTELS_PER_OMD * ROOMS_PER_HOTEL
    measured = times.import_rooms + times.open_horizon
    details = {
        "rooms": rooms,
        "room_nights": times.room_nights,
        "room_nights_per_second": round(times.room_nights / measured),
        "import_seconds": round(times.import_rooms, 2),
        "horizon_seconds": round(times.open_horizon, 2),
        "migrate_seconds": round(times.migrate, 2),
        "vacuum_analyze_checkpoint_seconds": round(times.settle, 2),
        "database_gb": round(int(home.sql("select pg_database_size(current_database())")) / 2**30, 2),
        "bare": "the room-nights alone, by one insert ... select generate_series into a plain table with one index",
    }
    name = f"load {rooms:,} rooms, {times.room_nights / 1e6:.1f} million room-nights"
    return [Row(name, "s", round(measured, 1), TARGET_SECONDS * scale, "lower", round(bare, 1), details=details)]
