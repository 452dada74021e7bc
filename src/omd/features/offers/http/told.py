"""Offers as they go over the wire, put together of nights that were encoded before."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

import msgspec

from omd.features.offers.http.payloads import (
    InsteadAnswer,
    PlanAnswer,
    PolicyAnswer,
    RefusedAnswer,
    TogetherAnswer,
    TypeAnswer,
)
from omd.features.offers.nights import NightsOffer
from omd.features.offers.sealing import Sealer
from omd.features.offers.told import DATED, ToldNight


class OfferTold(msgspec.Struct, frozen=True):
    """An `OfferAnswer` of which parts are encoded already."""

    id: str
    offer: str
    room_type_id: int
    rate_plan_id: int
    nights: msgspec.Raw
    supplements: msgspec.Raw
    taxes_included: msgspec.Raw
    taxes_on_top: msgspec.Raw
    gross: Decimal
    on_top: Decimal
    total: Decimal


class RoomTold(msgspec.Struct, frozen=True):
    """A `RoomAnswer` with such offers."""

    adults: int
    child_ages: tuple[int, ...]
    offers: tuple[OfferTold, ...]
    refused: tuple[RefusedAnswer, ...]
    instead: InsteadAnswer | None


class OffersTold(msgspec.Struct, frozen=True):
    """An `OffersAnswer` with such rooms."""

    arrival: date
    departure: date
    currency: str
    valid_until: datetime
    rooms: tuple[RoomTold, ...]
    together: TogetherAnswer | None
    room_types: tuple[TypeAnswer, ...]
    rate_plans: tuple[PlanAnswer, ...]
    policies: tuple[PolicyAnswer, ...]


class Teller:
    """Tells the offers of one answer to one party."""

    def __init__(self, sealer: Sealer, nights: Iterable[date]) -> None:
        self._sealer = sealer
        self._dated = [DATED % night.isoformat().encode() for night in nights]

    def tell(self, offer: NightsOffer[ToldNight]) -> OfferTold:
        """Return an offer, sealed."""
        offer_id, nights = uuid4(), offer.nights
        return OfferTold(
            str(offer_id),
            self._sealer.seal(offer_id, offer.sale.plan.offered, offer, [night.packed for night in nights]),
            offer.room_type_id,
            offer.sale.plan.offered.id,
            self._array([night.room for night in nights]),
            self._array([night.supplements for night in nights]),
            self._array([night.taxes_included for night in nights]),
            self._array([night.taxes_on_top for night in nights]),
            offer.gross,
            offer.on_top,
            offer.total,
        )

    def _array(self, by_night: Sequence[tuple[bytes, ...]]) -> msgspec.Raw:
        said = [dated + each for dated, of_night in zip(self._dated, by_night, strict=True) for each in of_night]
        return msgspec.Raw(b"[" + b",".join(said) + b"]")
