"""The requests that are sent: random hotels, dates and types, the same ones for the same seed."""

import random
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

import msgspec

from bench.dataset import HOTELS_PER_OMD, KINDS, ROOMS_PER_HOTEL, Dataset

DAYS_AHEAD = 330
"""Arrivals lie within so many days; the race has the days after to itself."""

LONGEST_BOOKING = 5
OFFERED_TYPES = 4
SOON = 20
"""Arrivals within so many days have all their nights in the window of a hotel."""
_SHARES = list(accumulate(kind.rooms for kind in KINDS))


class Traffic:
    """Makes requests; each instance begins at its own place of the same endless stream."""

    def __init__(self, data: Dataset, host: str, seed: str) -> None:
        self._data = data
        self._host = host
        self._chance = random.Random(seed)
        # Keys must differ from those of every earlier run: the answers to these are kept.
        self._key = time.time_ns()

    def availability(self) -> bytes:
        """Ask what one hotel has for one to seven nights, with the hotel's token."""
        return self.availability_of(self._chance.randrange(self._data.hotels))

    def availability_in(self, member: int) -> bytes:
        """Ask it of one of the hotels of the destination with this index."""
        return self.availability_of(member * HOTELS_PER_OMD + self._chance.randrange(HOTELS_PER_OMD))

    def availability_of(self, hotel: int) -> bytes:
        """Ask it of the hotel with this index."""
        path = (
            f"/api/v1/businesses/{self._data.business_of(hotel)}/availability{self._stay(self._chance.randint(1, 7))}"
        )
        return self._get(path, self._data.tokens.hotels[hotel])

    def stream_of(self, hotel: int) -> bytes:
        """Follow the hotel with this index."""
        path = f"/api/v1/businesses/{self._data.business_of(hotel)}/events"
        return self._get(path, self._data.tokens.hotels[hotel])

    def condition_of(self, hotel: int, room_id: int, condition: str) -> bytes:
        """Say in which condition a room of the hotel with this index is."""
        path = f"/api/v1/businesses/{self._data.business_of(hotel)}/rooms/{room_id}/condition"
        return self._send("PUT", path, self._data.tokens.hotels[hotel], f'{{"condition":"{condition}"}}')

    def search(self) -> bytes:
        """Ask what a destination's hotels have for seven nights, with the destination's token."""
        member = self._chance.randrange(self._data.omds)
        omd_id = self._data.omd_of(member * HOTELS_PER_OMD)
        return self._get(f"/api/v1/omds/{omd_id}/availability{self._stay(7)}", self._data.tokens.omds[member])

    def availability_soon(self) -> bytes:
        """Ask what one hotel has for one to seven of the next nights."""
        hotel = self._chance.randrange(self._data.hotels)
        path = f"/api/v1/businesses/{self._data.business_of(hotel)}/availability"
        return self._get(f"{path}{self._soon(self._chance.randint(1, 7))}", self._data.tokens.hotels[hotel])

    def availability_unchanged(self) -> bytes:
        """Ask it as somebody who has an answer that still stands, whichever it is."""
        return self.availability_soon().replace(b"\r\n\r\n", b"\r\nIf-None-Match: *\r\n\r\n", 1)

    def search_soon(self) -> bytes:
        """Ask what a destination's hotels have for seven of the next nights."""
        member = self._chance.randrange(self._data.omds)
        path = f"/api/v1/omds/{self._data.omd_of(member * HOTELS_PER_OMD)}/availability"
        return self._get(f"{path}{self._soon(7)}", self._data.tokens.omds[member])

    def booking_to_watch(self) -> tuple[bytes, bytes]:
        """Book one of the next nights in some hotel, and ask what that hotel has for it."""
        hotel, kind = self._chance.randrange(self._data.hotels), 0
        ahead = (_today() - self._data.start).days + self._chance.randint(2, SOON)
        arrival = self._data.start + timedelta(days=ahead)
        path = f"/api/v1/businesses/{self._data.business_of(hotel)}/availability"
        question = f"{path}?arrival={arrival}&departure={arrival + timedelta(days=1)}&adults=2"
        return self.booking_of(hotel, kind, ahead, 1), self._get(question, self._data.tokens.hotels[hotel])

    def offers(self) -> bytes:
        """Ask one hotel for offers of its first four types for two, for seven nights."""
        return self._offers(self._chance.randint(1, DAYS_AHEAD))

    def offers_soon(self) -> bytes:
        """Ask it for seven of the next nights."""
        return self._offers((_today() - self._data.start).days + self._chance.randint(2, SOON))

    def priced_search(self) -> bytes:
        """Ask what the hotels of a destination cost two for seven nights, with the destination's token."""
        return self._priced(self._stay(7))

    def priced_search_soon(self) -> bytes:
        """Ask what they cost for seven of the next nights."""
        return self._priced(self._soon(7))

    def priced_search_of_families(self) -> bytes:
        """Ask what they cost one of many parties for two to seven of the next nights."""
        ages = ",".join(str(self._chance.randint(0, 11)) for _ in range(self._chance.randint(0, 1)))
        stay = self._soon(self._chance.randint(2, 7)).replace("adults=2", f"adults={self._chance.randint(1, 2)}")
        return self._priced(f"{stay}&child_ages={ages}" if ages else stay)

    def year_of_prices(self, plans: Mapping[int, Sequence[int]], hotel: int, amount: int) -> bytes:
        """Put a year of prices of all plans and types of the hotel with this index, beginning tomorrow."""
        data = self._data
        business, first = data.business_of(hotel), _today() + timedelta(days=1)
        seasons = [
            {
                "name": f"year {kind}",
                "rate_plan_ids": plans[business],
                "room_type_ids": [data.type_of(hotel, kind)],
                "dates": [{"starts_on": str(first), "ends_on": str(first + timedelta(days=365))}],
                # As many as the type is made for, so that who is asked about afterwards still has a price.
                "amounts": [f"{amount - 10}.00", f"{amount}.00"][-min(KINDS[kind].adults, 2) :],
                "extra_adult": "60.00",
                "children": ["0.00", "50.00"],
            }
            for kind in range(len(KINDS))
        ]
        body = msgspec.json.encode({"currency": "RON", "seasons": seasons}).decode()
        return self._send("PUT", f"/api/v1/businesses/{business}/rates", data.tokens.hotels[hotel], body)

    def priced_search_of(self, hotel: int) -> bytes:
        """Ask what the destination of the hotel with this index costs one guest on two of the next nights."""
        member = hotel // HOTELS_PER_OMD
        arrival = _today() + timedelta(days=5)
        query = f"?arrival={arrival}&departure={arrival + timedelta(days=2)}&adults=1"
        path = f"/api/v1/omds/{self._data.omd_of(hotel)}/offers{query}"
        return self._get(path, self._data.tokens.omds[member])

    def hotel(self) -> int:
        """Return the index of some hotel."""
        return self._chance.randrange(self._data.hotels)

    def booking(self) -> bytes:
        """Book one to five nights of a type; the types are asked for as often as they have rooms."""
        hotel = self._chance.randrange(self._data.hotels)
        drawn = self._chance.randrange(ROOMS_PER_HOTEL)
        kind = next(at for at, share in enumerate(_SHARES) if drawn < share)
        ahead = self._chance.randint(1, DAYS_AHEAD)
        return self.booking_of(hotel, kind, ahead, self._chance.randint(1, LONGEST_BOOKING))

    def booking_with_key(self) -> bytes:
        """Book as `booking` does, with an Idempotency-Key of its own."""
        self._key += 1
        return self.booking().replace(b"\r\n\r\n", b"\r\nIdempotency-Key: bench-%d\r\n\r\n" % self._key, 1)

    def booking_of(self, hotel: int, kind: int, ahead: int, nights: int) -> bytes:
        """Book these nights, the first of them `ahead` days after the start, of a kind of room of a hotel."""
        data = self._data
        body = (
            f'{{"room_type_id":{data.type_of(hotel, kind)},"arrival":"{data.start + timedelta(days=ahead)}",'
            f'"departure":"{data.start + timedelta(days=ahead + nights)}","adults":{KINDS[kind].adults},'
            f'"guests":[{{"last_name":"Munteanu","first_name":"Ana","country":"RO"}}]}}'
        )
        path = f"/api/v1/businesses/{data.business_of(hotel)}/reservations"
        return self._send("POST", path, data.tokens.hotels[hotel], body)

    def _offers(self, ahead: int) -> bytes:
        data, hotel = self._data, self.hotel()
        arrival = data.start + timedelta(days=ahead)
        types = ",".join(str(data.type_of(hotel, kind)) for kind in range(OFFERED_TYPES))
        body = (
            f'{{"arrival":"{arrival}","departure":"{arrival + timedelta(days=7)}","rooms":[{{"adults":2}}],'
            f'"room_type_ids":[{types}]}}'
        )
        path = f"/api/v1/businesses/{data.business_of(hotel)}/offers"
        return self._send("POST", path, data.tokens.hotels[hotel], body)

    def _priced(self, query: str) -> bytes:
        member = self._chance.randrange(self._data.omds)
        path = f"/api/v1/omds/{self._data.omd_of(member * HOTELS_PER_OMD)}/offers{query}"
        return self._get(path, self._data.tokens.omds[member])

    def _stay(self, nights: int) -> str:
        arrival = self._data.start + timedelta(days=self._chance.randint(1, DAYS_AHEAD))
        return f"?arrival={arrival}&departure={arrival + timedelta(days=nights)}&adults=2"

    def _soon(self, nights: int) -> str:
        arrival = _today() + timedelta(days=self._chance.randint(2, SOON))
        return f"?arrival={arrival}&departure={arrival + timedelta(days=nights)}&adults=2"

    def _send(self, method: str, path: str, token: str, body: str) -> bytes:
        return (
            f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def _get(self, path: str, token: str) -> bytes:
        return f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def _today() -> date:
    return datetime.now(UTC).date()


class CpuPerRequest(msgspec.Struct, frozen=True):
    """Milliseconds of processor time that one request cost, and the share of one core the client took."""

    client_ms: float
    api_ms: float
    postgres_ms: float
    client_share_of_a_core: float
