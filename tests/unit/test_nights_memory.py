"""Of the nights that parties were offered those are let go that nobody asked for longest."""

from datetime import date

from omd.features.offers.calendar import Guests
from omd.features.offers.windows import NIGHTS, PriceWindow, Sold
from omd.features.offers.windows.model import SoldText, packed
from omd.features.offers.windows.nights import NightsMemory
from omd.features.rates import Party
from omd.kernel.ids import BusinessId, OmdId

COUPLE = Guests(Party(2))


def sold_by(hotel: int) -> Sold:
    text = SoldText("RON", "UTC", None, "[]", "[]", "[]", "[]", None, "[]", "[]")
    return PriceWindow(OmdId(1), BusinessId(hotel), date(2027, 3, 1), None, None, NIGHTS, packed(text)).sold


def test_what_is_asked_for_stays() -> None:
    memory, (first, second, third) = NightsMemory(most=2), map(sold_by, (1, 2, 3))
    of_first, of_second = memory.of(first, COUPLE), memory.of(second, COUPLE)
    assert memory.of(first, COUPLE) is of_first
    memory.of(third, COUPLE)
    assert memory.of(first, COUPLE) is of_first
    assert memory.of(second, COUPLE) is not of_second


def test_what_a_hotel_sells_now_begins_anew() -> None:
    memory = NightsMemory()
    before = memory.of(sold_by(1), COUPLE)
    assert memory.of(sold_by(1), COUPLE) is not before
