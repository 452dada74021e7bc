"""The front desk that books offers of the hotel `grand`, which it seals itself, as the platform does."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import httpx

from factories.offers import add_plan, offer_of
from omd.features.offers import Offer, OfferedPlan, seal
from support.front_desk import GUESTS, Desk, Json
from support.served_app import KEYRING


class OfferDesk:
    """Books offers, reads and renews prices."""

    def __init__(self, desk: Desk, plan: OfferedPlan) -> None:
        self.desk = desk
        self.plan = plan

    @classmethod
    async def at(cls, desk: Desk) -> "OfferDesk":
        """Return the desk with a plan to sell by."""
        return cls(desk, await add_plan(desk.connection, desk.hotel))

    def offer(self, type_code: str, arrival: str, departure: str, **more: object) -> Offer:
        """Return an offer of the hotel."""
        dates = date.fromisoformat(arrival), date.fromisoformat(departure)
        return offer_of(self.desk.hotel, self.plan, type_code, *dates, **more)  # type: ignore[arg-type]

    async def book(self, *offers: Offer | str, party: str | None = None, **headers: str) -> httpx.Response:
        """Ask for a booking of these offers, one a guest."""
        body = {"offers": [{"offer": sealed(each), "guests": GUESTS} for each in offers]}
        return await self.desk.send("POST", self.path, body, party=party, **headers)

    async def booked(self, *offers: Offer) -> Json:
        """Book offers that must be taken."""
        answer = await self.book(*offers)
        assert answer.status_code == 201, answer.text
        booking: Json = answer.json()
        return booking

    async def sold(self, type_code: str, arrival: str, departure: str, **more: object) -> str:
        """Book one offer and return the id of its stay."""
        booking = await self.booked(self.offer(type_code, arrival, departure, **more))
        identifier: str = booking["stays"][0]["stay"]["id"]
        return identifier

    async def price(self, reservation_id: str) -> Json:
        """Read what a stay was sold at."""
        answer = await self.desk.send("GET", f"/reservations/{reservation_id}/price")
        assert answer.status_code == 200, answer.text
        price: Json = answer.json()
        return price

    async def reprice(self, reservation_id: str, offer: Offer | str, **headers: str) -> httpx.Response:
        """Ask for a stay to be priced anew."""
        return await self.desk.send(
            "POST", f"/reservations/{reservation_id}/price", {"offer": sealed(offer)}, **headers
        )

    async def quota(
        self, agency: str, type_code: str, starts_on: str, ends_on: str, rooms: int | None
    ) -> httpx.Response:
        """Put a quota."""
        entry = {
            "agency": agency,
            "room_type_ids": [self.desk.hotel.types[type_code].id],
            "dates": [{"starts_on": starts_on, "ends_on": ends_on}],
            "rooms": rooms,
        }
        return await self.desk.send("PUT", f"/businesses/{self.desk.hotel.id}/quotas", {"quotas": [entry]})

    @property
    def path(self) -> str:
        """Where the hotel's bookings are."""
        return f"/businesses/{self.desk.hotel.id}/bookings"


def sealed(offer: Offer | str) -> str:
    """Return the offer as a guest has it; a text stands for itself."""
    return offer if isinstance(offer, str) else seal(offer, KEYRING)


def amounts(price: Json) -> list[tuple[str, str, Decimal]]:
    """Return the charges of a price: date, part, amount."""
    return [(each["date"], each["part"], Decimal(each["amount"])) for each in price["charges"]]


def sums(price: Json) -> Sequence[Decimal]:
    """Return what a price says it comes to: gross, on top, owed, total."""
    return [Decimal(price[name]) for name in ("gross", "on_top", "owed", "total")]
