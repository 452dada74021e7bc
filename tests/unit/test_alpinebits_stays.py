"""Stays that a third party's engine has priced cost the same here, and what it does not sell is not sold here."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from omd.features.rates.alpinebits import AlpineBitsPlan, read_rate_plans
from omd.features.rates.pricing import Occupancy, Party, Priced, StayQuestion, price_stay
from omd.kernel.dates import StayDates

ORACLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "alpinebits" / "rtapp" / "2.0.0"
TOLERANCE = Decimal("0.01")

pytestmark = pytest.mark.skipif(
    not ORACLE.exists(), reason=f"The stays priced by a third party are not on this machine: {ORACLE} is missing."
)


class Type(msgspec.Struct):
    min: int
    std: int
    max: int
    max_child: int | None


class Case(msgspec.Struct):
    """A stay; `expected` holds the total by room type, and only the types that are sold."""

    plan: str
    inventory: dict[str, Type]
    booking_date: date
    arrival: date
    departure: date
    adults: int
    children_ages: list[int]
    expected: dict[str, Decimal]


def _cases() -> list[Case]:
    lines = (ORACLE / "cases.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Case) for line in lines]


def _price(case: Case, plan: AlpineBitsPlan) -> dict[str, Decimal]:
    party = Party(case.adults, tuple(case.children_ages))
    question = StayQuestion(StayDates(case.arrival, case.departure), party, case.booking_date)
    found = {}
    for code, room in case.inventory.items():
        occupancy = Occupancy(
            room_type=code,
            min_guests=room.min,
            standard=room.std,
            max_guests=room.max,
            max_children=room.max_child,
        )
        rates = plan.night_rates(code, case.arrival, case.departure)
        restrictions = plan.restrictions(code, case.arrival, case.departure + timedelta(days=1))
        answer = price_stay(question, plan.terms, occupancy, rates, restrictions)
        if isinstance(answer, Priced):
            found[code] = answer.total
            lines = [line.amount for line in answer.nights] + [line.amount for line in answer.supplements]
            assert answer.total == sum(lines)
    return found


def _agree(found: Mapping[str, Decimal], expected: Mapping[str, Decimal]) -> bool:
    return found.keys() == expected.keys() and all(abs(found[code] - expected[code]) <= TOLERANCE for code in found)


def test_every_stay_costs_what_the_third_party_says() -> None:
    plans = {path.name: read_rate_plans(path.read_bytes())[0] for path in (ORACLE / "plans").glob("*.xml")}
    cases = _cases()
    assert len(cases) == 1171
    assert sum(bool(case.expected) for case in cases) == 722
    answers = [(case, _price(case, plans[case.plan])) for case in cases]
    differing = [(case, found) for case, found in answers if not _agree(found, case.expected)]
    assert differing == []
