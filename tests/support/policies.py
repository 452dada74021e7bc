"""A stay that was sold under a cancellation and a no-show policy."""

from datetime import UTC, date, datetime

import msgspec

from factories.offers import offer_of
from omd.features.offers import Offer, OfferedPlan
from omd.kernel.clock import FixedClock
from support.bookings import OfferDesk
from support.front_desk import Desk, Json
from support.persons import Headers, Persons

CANCELLATION = [
    {"trigger": "booking", "amount": "20.00"},
    {"trigger": "arrival", "hours": -48, "percent": 100, "nights": 1},
]
NO_SHOW = [{"percent": 80}]
TEXTS = {
    "cancellation": {"de": "Bis 48 Stunden 20 RON.", "en": "20 RON until 48 hours before."},
    "no_show": {"ro": "80 %."},
}


class Sold(msgspec.Struct):
    """A stay from 10 to 12 March that was sold under both policies, and the ids of these."""

    desk: Desk
    owner: Headers
    policies: Json
    stay: str

    async def fees(self, party: str | None = None) -> Json:
        """Ask what is owed."""
        answer = await self.desk.send("GET", f"/reservations/{self.stay}/fees", party=party)
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told


async def sell(desk: Desk, persons: Persons) -> Sold:
    """Sell a stay of 200 a night with taxes beside it under both policies."""
    offers = await OfferDesk.at(desk)
    owner = await persons.headers("olga", ("owner", desk.hotel))
    policies = {}
    for kind, fees in (("cancellation", CANCELLATION), ("no_show", NO_SHOW)):
        body = {"kind": kind, "code": "STD", "name": "Standard", "fees": fees, "texts": TEXTS[kind]}
        path = f"/api/v1/businesses/{desk.hotel.id}/rate-policies"
        made = await desk.client.post(path, json=body, headers=owner)
        assert made.status_code == 201, made.text
        policies[kind] = made.json()["id"]
    plan = msgspec.structs.replace(
        offers.plan, cancellation_policy_id=policies["cancellation"], no_show_policy_id=policies["no_show"]
    )
    booked = await offers.booked(offered(desk, plan))
    return Sold(desk, owner, policies, booked["stays"][0]["stay"]["id"])


def offered(desk: Desk, plan: OfferedPlan) -> Offer:
    """Return an offer of the stay by a plan."""
    return offer_of(desk.hotel, plan, "double", date(2027, 3, 10), date(2027, 3, 12))


def at(clock: FixedClock, day: int, hour: int, minute: int = 0) -> None:
    """Put the clock to an hour (UTC) of a day of March 2027."""
    clock.set(datetime(2027, 3, day, hour, minute, tzinfo=UTC))
