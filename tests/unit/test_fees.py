"""What a policy comes to: instants on the hotel's wall clock, through changes of it, and amounts by night."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omd.features.rates import Fee
from omd.features.reservations.fees.model import instant_of, owed_at, planned_arrival, steps_of

BUCHAREST = ZoneInfo("Europe/Bucharest")
BOOKED = datetime(2027, 1, 5, 10, 30, tzinfo=UTC)
NIGHTS = {date(2027, 3, 28): Decimal("200.00"), date(2027, 3, 29): Decimal("100.05")}


def steps(*fees: Fee, arrival: date = date(2027, 3, 28), zone: ZoneInfo = BUCHAREST) -> list[tuple[str, str]]:
    """Return when each fee begins, in UTC, and what it comes to."""
    told = steps_of(fees, booked_at=BOOKED, arrival=arrival, zone=zone, nights=NIGHTS)
    return [(f"{step.since:%m-%d %H:%M}", str(step.amount)) for step in told]


@pytest.mark.parametrize(
    ("arrival", "trigger", "hours", "since"),
    [
        # Clocks go from 03:00 to 04:00 on 28 March 2027: a day of 23 hours.
        (date(2027, 3, 28), "arrival", 0, "03-28 15:00"),
        (date(2027, 3, 28), "arrival", -24, "03-27 16:00"),
        (date(2027, 3, 28), "arrival_day", 0, "03-27 22:00"),
        (date(2027, 3, 29), "arrival_day", 0, "03-28 21:00"),
        (date(2027, 3, 29), "arrival_day", -24, "03-27 22:00"),
        # 03:30 does not come: the same time after midnight on a clock that was not changed.
        (date(2027, 3, 28), "arrival_day", 3, "03-28 01:00"),
        # Clocks go from 04:00 back to 03:00 on 31 October 2027: 03:00 comes twice, and the later one counts.
        (date(2027, 10, 31), "arrival_day", 3, "10-31 01:00"),
        (date(2027, 10, 31), "arrival_day", 2, "10-30 23:00"),
        (date(2027, 11, 1), "arrival_day", -24, "10-30 21:00"),
        # From the booking on time is counted, not shown.
        (date(2027, 3, 28), "booking", 0, "01-05 10:30"),
        (date(2027, 3, 28), "booking", 24, "01-06 10:30"),
    ],
)
def test_a_fee_begins_on_the_wall_clock_of_the_hotel(arrival: date, trigger: str, hours: int, since: str) -> None:
    fee = Fee(trigger=trigger, hours=hours, amount="1.00")  # type: ignore[arg-type]  # one of the three
    assert steps(fee, arrival=arrival) == [(since, "1.00")]


@given(
    st.builds(datetime.combine, st.dates(date(2005, 1, 1), date(2035, 1, 1)), st.times()),
    st.sampled_from(["Europe/Bucharest", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"]),
)
def test_no_reading_of_a_clock_is_later_than_the_one_that_counts(shown: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    instant = instant_of(shown, zone)
    for fold in (0, 1):
        assert shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) <= instant
    back = instant.astimezone(zone).replace(tzinfo=None)
    # Where the clock was not changed it shows that time again; where hours were skipped, a later one.
    assert back >= shown
    assert back - shown <= timedelta(hours=24)


@pytest.mark.parametrize(
    ("fee", "amount"),
    [
        (Fee(amount="50.00"), "50.00"),
        (Fee(percent=100), "300.05"),
        (Fee(percent=50), "150.03"),
        (Fee(percent=100, nights=1), "200.00"),
        (Fee(percent=10, nights=2, amount="5.00"), "35.01"),
        (Fee(percent=100, nights=9), "300.05"),
        (Fee(), "0.00"),
    ],
)
def test_a_fee_is_an_amount_and_a_share_of_the_first_nights(fee: Fee, amount: str) -> None:
    assert [each[1] for each in steps(fee)] == [amount]


def test_the_last_step_that_has_begun_is_owed() -> None:
    late = Fee(trigger="arrival", hours=-24, percent=100, nights=1)
    early = Fee(trigger="booking", amount="20.00")
    told = steps_of([late, early], booked_at=BOOKED, arrival=date(2027, 3, 28), zone=BUCHAREST, nights=NIGHTS)
    begins = datetime(2027, 3, 27, 16, 0, tzinfo=UTC)
    asked = (BOOKED - timedelta(seconds=1), BOOKED, begins - timedelta(microseconds=1), begins, begins + timedelta(9))
    assert [str(owed_at(told, at)) for at in asked] == ["0", "20.00", "20.00", "200.00", "200.00"]


def test_a_guest_who_did_not_say_when_is_expected_at_six() -> None:
    assert planned_arrival(date(2027, 3, 27), BUCHAREST) == datetime(2027, 3, 27, 16, 0, tzinfo=UTC)
    assert planned_arrival(date(2027, 3, 28), BUCHAREST) == datetime(2027, 3, 28, 15, 0, tzinfo=UTC)
