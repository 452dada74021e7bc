"""When the work of a local date is due: real zones, on the dates on which their clocks change."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omd.infra.jobs.schedules import due_at, due_dates, zone_of

BUCHAREST = ZoneInfo("Europe/Bucharest")


@pytest.mark.parametrize(
    ("zone", "day", "hour", "instant"),
    [
        # An ordinary day, in winter and in summer.
        ("Europe/Bucharest", date(2027, 3, 1), 4, datetime(2027, 3, 1, 2, tzinfo=UTC)),
        ("Europe/Bucharest", date(2027, 7, 1), 4, datetime(2027, 7, 1, 1, tzinfo=UTC)),
        # 28 March 2027: 3:00 is put forward to 4:00 at 1:00 UTC. 3 o'clock does not come: due at that moment.
        ("Europe/Bucharest", date(2027, 3, 28), 2, datetime(2027, 3, 28, 0, tzinfo=UTC)),
        ("Europe/Bucharest", date(2027, 3, 28), 3, datetime(2027, 3, 28, 1, tzinfo=UTC)),
        ("Europe/Bucharest", date(2027, 3, 28), 4, datetime(2027, 3, 28, 1, tzinfo=UTC)),
        # 31 October 2027: 4:00 is put back to 3:00 at 1:00 UTC. 3 o'clock comes twice: due the first time.
        ("Europe/Bucharest", date(2027, 10, 31), 3, datetime(2027, 10, 31, 0, tzinfo=UTC)),
        ("Europe/Bucharest", date(2027, 10, 31), 4, datetime(2027, 10, 31, 2, tzinfo=UTC)),
        ("Europe/London", date(2027, 3, 28), 1, datetime(2027, 3, 28, 1, tzinfo=UTC)),
        ("America/New_York", date(2027, 3, 14), 2, datetime(2027, 3, 14, 7, tzinfo=UTC)),
        ("America/New_York", date(2027, 11, 7), 1, datetime(2027, 11, 7, 5, tzinfo=UTC)),
        # Half an hour: 2:00 is put forward to 2:30.
        ("Australia/Lord_Howe", date(2027, 10, 3), 2, datetime(2027, 10, 2, 15, 30, tzinfo=UTC)),
        # Midnight itself does not come.
        ("Africa/Cairo", date(2027, 4, 30), 0, datetime(2027, 4, 29, 22, tzinfo=UTC)),
        # A date that did not come at all: due when the clock was put over it.
        ("Pacific/Apia", date(2011, 12, 30), 4, datetime(2011, 12, 30, 10, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 31), 4, datetime(2011, 12, 30, 14, tzinfo=UTC)),
        ("Asia/Kolkata", date(2027, 6, 1), 4, datetime(2027, 5, 31, 22, 30, tzinfo=UTC)),
    ],
)
def test_an_hour_of_a_local_date_is_an_instant(zone: str, day: date, hour: int, instant: datetime) -> None:
    assert due_at(day, hour, ZoneInfo(zone)) == instant


ZONES = st.sampled_from(
    [
        *("Europe/Bucharest", "Europe/London", "Europe/Lisbon", "America/New_York", "America/St_Johns"),
        *("America/Santiago", "Australia/Lord_Howe", "Africa/Cairo", "Africa/Casablanca", "Asia/Beirut"),
        *("Asia/Kathmandu", "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"),
    ]
).map(ZoneInfo)
DAYS = st.dates(date(2020, 1, 1), date(2036, 12, 31))
HOURS = st.integers(0, 23)


@given(ZONES, DAYS, HOURS)
def test_the_clock_shows_the_hour_or_was_put_over_it_that_moment(zone: ZoneInfo, day: date, hour: int) -> None:
    instant = due_at(day, hour, zone)
    shown, before = instant.astimezone(zone), (instant - timedelta(seconds=1)).astimezone(zone)
    if (shown.date(), shown.hour, shown.minute) == (day, hour, 0):
        assert before.replace(tzinfo=None) < shown.replace(tzinfo=None), "the first time the hour comes"
    else:
        wanted = datetime.combine(day, datetime.min.time()) + timedelta(hours=hour)
        assert before.replace(tzinfo=None) < wanted < shown.replace(tzinfo=None)


@given(ZONES, DAYS, HOURS)
def test_every_date_comes_once_and_in_order(zone: ZoneInfo, first: date, hour: int) -> None:
    """Whoever looks every so often finds each date due exactly once, from its instant on."""
    dates = [first + timedelta(days=ahead) for ahead in range(5)]
    instants = [due_at(day, hour, zone) for day in dates]
    assert all(earlier < later for earlier, later in pairwise(instants))
    for day, instant in zip(dates, instants, strict=True):
        assert due_dates(instant, hour, zone, days_back=1) == [day]
        assert due_dates(instant - timedelta(seconds=1), hour, zone, days_back=1) == [day - timedelta(days=1)]


def test_the_days_that_are_caught_up_are_the_last_ones_oldest_first() -> None:
    now = datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert due_dates(now, 3, BUCHAREST, days_back=3) == [date(2027, 3, 26), date(2027, 3, 27), date(2027, 3, 28)]
    assert due_dates(now - timedelta(seconds=1), 3, BUCHAREST, days_back=1) == [date(2027, 3, 27)]


def test_a_zone_that_this_machine_does_not_know_counts_as_utc() -> None:
    assert zone_of("Mars/Olympus").key == "UTC"
