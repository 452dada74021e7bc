"""What a desk reads of a full house of 222 rooms: the planner of 60 days and its differences, its day, its lists."""

import gzip
import http.client
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from itertools import count

import msgspec
import zstandard

from bench.desk_hotel import DAYS, ROOMS, DeskHotel, open_desk
from bench.model import BenchFailed, Row
from bench.session import Bench, Measured

CONNECTIONS = 16
DIFFERENCE_CONNECTIONS = 4
PLANNER_CONNECTIONS = 2
TARGET_PLANNER_MS = 50.0
TARGET_PLANNER_KB = 50.0
TARGET_DAY_MS = 25.0
CHANGE_SECONDS = 0.2
"""How often a stay of the hotel is changed while its lists are read, where they are."""

_UNPACKED: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda packed: zstandard.ZstdDecompressor().decompress(packed),
    "gzip": gzip.decompress,
}


class Desk:
    """Asks as the desk of the hotel does."""

    def __init__(self, bench: Bench, hotel: DeskHotel) -> None:
        self._bench = bench
        self._hotel = hotel
        self._address = bench.api.address

    def raw(self, path: str) -> bytes:
        """Return a request as it goes over the wire, by whoever accepts what browsers do."""
        return (
            f"GET /api/v1/businesses/{self._hotel.business_id}{path} HTTP/1.1\r\nHost: {self._address.host}\r\n"
            f"Authorization: Bearer {self._hotel.token}\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\r\n"
        ).encode()

    def send(
        self, method: str, path: str, *, accept: str = "identity", body: object = None, expected: int = HTTPStatus.OK
    ) -> bytes:
        """Send one request and return the body of its answer, packed as it came."""
        connection = http.client.HTTPConnection(self._address.host, self._address.port, timeout=30)
        headers = {"Authorization": f"Bearer {self._hotel.token}", "Accept-Encoding": accept}
        headers |= {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if answer.status != expected:
            raise BenchFailed(f"{method} {path}: {answer.status} {content[:300]!r}")
        return content

    def read(self, path: str, *, accept: str = "identity") -> bytes:
        """Read something of the hotel."""
        return self.send("GET", f"/businesses/{self._hotel.business_id}{path}", accept=accept)

    def measure(self, path: str, connections: int) -> Measured:
        """Read it again and again."""
        request = self.raw(path)
        return self._bench.closed_loop(lambda: request, connections=connections, expected={200})

    def measure_anew(self, path: str, connections: int) -> Measured:
        """Read the first page of a list, each time after a place where no stay is: so that no answer is known."""

        def next_request() -> bytes:
            return self.raw(f"{path}?after=0001-01-01_{uuid.uuid4()}")

        return self._bench.closed_loop(next_request, connections=connections, expected={200})

    @contextmanager
    def changing(self, stay_id: str) -> Iterator[None]:
        """Change the note of a stay every `CHANGE_SECONDS` within the block."""
        over = threading.Event()

        def work() -> None:
            for number in count():
                if over.wait(CHANGE_SECONDS):
                    return
                self.send("PATCH", f"/reservations/{stay_id}", body={"note": f"seen {number} times"})

        changing = threading.Thread(target=work)
        changing.start()
        try:
            yield
        finally:
            over.set()
            changing.join()


def run(bench: Bench) -> list[Row]:
    """Measure the planner, its differences, the day and the list of arrivals."""
    bench.say(f"Selling every room of {DAYS} nights of a hotel of {ROOMS} rooms")
    hotel = open_desk(bench.home)
    desk = Desk(bench, hotel)
    planner = f"/planner?days={DAYS}"
    whole = desk.read(planner)
    packed = {coding: len(_unpack(desk.read(planner, accept=coding), coding, whole)) for coding in _UNPACKED}
    drawn = desk.measure(planner, PLANNER_CONNECTIONS)
    difference = f"{planner}&since={json.loads(whole)['version']}"
    stay = json.loads(desk.read("/arrivals?limit=1"))[0]
    desk.send("PATCH", f"/reservations/{stay['id']}", body={"note": f"seen as version {stay['version']}"})
    changed = desk.read(difference)
    difference_bytes = len(changed)
    followed = desk.measure(difference, DIFFERENCE_CONNECTIONS)
    lists = {
        what: desk.measure(f"/{what}", CONNECTIONS) for what in ("dashboard", "arrivals", "departures", "in-house")
    }
    anew = desk.measure_anew("/arrivals", CONNECTIONS)
    with desk.changing(stay["id"]):
        busy = desk.measure("/arrivals", CONNECTIONS)
    shown = f"planner of {ROOMS} rooms x {DAYS} days"
    details: dict[str, object] = {"stays": hotel.stays, "bytes": len(whole), "packed": packed}
    return [
        _row(f"{shown}, {PLANNER_CONNECTIONS} connections", TARGET_PLANNER_MS, drawn, details),
        *(
            Row(f"{shown}, by {coding}", "kB", round(size / 1000, 1), TARGET_PLANNER_KB, details={"bytes": len(whole)})
            for coding, size in packed.items()
        ),
        _row(
            f"what changed of it since, {DIFFERENCE_CONNECTIONS} connections",
            None,
            followed,
            {"bytes": difference_bytes},
        ),
        *(_row(f"{what} of one hotel, {CONNECTIONS} connections", TARGET_DAY_MS, run) for what, run in lists.items()),
        _row(f"arrivals while a stay is changed {1 / CHANGE_SECONDS:.0f} times a second", TARGET_DAY_MS, busy),
        _row(
            f"arrivals read anew each time, {CONNECTIONS} connections",
            None,
            anew,
            {"arrivals": len(json.loads(desk.read("/arrivals?limit=500")))},
        ),
    ]


def _row(name: str, target: float | None, api: Measured, details: dict[str, object] | None = None) -> Row:
    more = {**(details or {}), "api": api.run.latency, "cpu_per_request": msgspec.to_builtins(api.cpu)}
    told = f"{api.run.latency.note}, {api.run.latency.per_second:,.0f}/s"
    return Row(f"{name}: p99", "ms", api.run.latency.p99_ms, target, note=told, details=msgspec.to_builtins(more))


def _unpack(packed: bytes, coding: str, whole: bytes) -> bytes:
    """Return what is sent, having checked that it is what it would be unpacked, its version aside."""
    if len(_UNPACKED[coding](packed)) != len(whole):
        raise BenchFailed(f"The planner by {coding} is not the one that is not packed.")
    return packed
