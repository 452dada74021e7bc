"""Limits in one process: the algorithm against a model of ten lines, the quotas, the fields."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omd.features.identity.limits import DEFAULTS, RouteClass, Share, TenantQuotas, parse_quotas
from omd.features.identity.limits.model import RateLimit
from omd.infra.limits import InProcessLimits, Level, Quota, limit_field, policy_field
from omd.kernel.ids import BusinessId
from support.worlds import NOW


class Clock:
    """Microseconds, moved by the test."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


class Bucket:
    """What the algorithm must equal: tokens that come back evenly, up to a full bucket."""

    def __init__(self, quota: Quota) -> None:
        self.full, self.interval = quota.requests, quota.interval
        self.tokens, self.at = Fraction(quota.requests), 1_000_000

    def fill(self, now: int) -> None:
        """Give back what the time since the last look gives."""
        self.tokens = min(Fraction(self.full), self.tokens + Fraction(now - self.at, self.interval))
        self.at = now


QUOTAS = st.builds(Quota, st.integers(1, 6), st.integers(1, 4))
STEPS = st.lists(st.tuples(st.integers(0, 3_000_000), st.sets(st.integers(0, 2), min_size=1)), min_size=1, max_size=60)


@given(quotas=st.tuples(QUOTAS, QUOTAS, QUOTAS), steps=STEPS)
def test_the_limits_are_a_bucket_of_tokens_a_level_and_take_of_all_or_none(
    quotas: tuple[Quota, Quota, Quota], steps: list[tuple[int, set[int]]]
) -> None:
    clock = Clock()
    limits = InProcessLimits(clock)
    levels = [Level(str(at), f"key:{at}", quota) for at, quota in enumerate(quotas)]
    buckets = [Bucket(quota) for quota in quotas]
    for passing, charged in steps:
        clock.now += passing
        chosen = sorted(charged)
        verdict = limits.take([levels[at] for at in chosen])
        for at in chosen:
            buckets[at].fill(clock.now)
        admitted = all(buckets[at].tokens >= 1 for at in chosen)
        for at, standing in zip(chosen, verdict.standings, strict=True):
            bucket = buckets[at]
            assert (standing.wait > 0) is (bucket.tokens < 1)
            assert standing.wait == max(0, -((bucket.tokens - 1) * bucket.interval // 1))
            bucket.tokens -= 1 if admitted else 0
            assert standing.remaining == max(0, bucket.tokens // 1)
            assert standing.reset == (bucket.full - bucket.tokens) * bucket.interval
        assert (verdict.refused_by is None) is admitted


@given(quota=QUOTAS, passing=st.lists(st.integers(0, 500_000), min_size=1, max_size=200))
def test_no_window_lets_in_more_than_twice_the_quota(quota: Quota, passing: list[int]) -> None:
    clock = Clock()
    limits = InProcessLimits(clock)
    level, window = Level("one", "one", quota), quota.interval * quota.requests
    admitted: list[int] = []
    for step in passing:
        clock.now += step
        if limits.take([level]).refused_by is None:
            admitted.append(clock.now)
    for end in admitted:
        assert sum(end - window < at <= end for at in admitted) <= 2 * quota.requests


def test_who_waits_as_long_as_told_comes_in() -> None:
    clock = Clock()
    limits = InProcessLimits(clock)
    level = Level("one", "one", Quota(3, 10))
    for _ in range(3):
        assert limits.take([level]).refused_by is None
    refused = limits.take([level]).refused_by
    assert refused is not None
    clock.now += refused.wait - 1
    assert limits.take([level]).refused_by is not None
    clock.now += 1
    assert limits.take([level]).refused_by is None


def test_a_debt_is_paid_within_one_window() -> None:
    clock = Clock()
    limits = InProcessLimits(clock)
    level = Level("one", "one", Quota(3, 10))
    for _ in range(1_000):
        limits.charge(level)
    assert limits.look(level).wait <= 2 * level.quota.interval
    clock.now += level.quota.interval * 3
    assert limits.look(level).remaining == 3 - 1


def test_the_memory_is_bounded_and_who_is_limited_now_is_forgotten_last() -> None:
    clock = Clock()
    limits = InProcessLimits(clock, most_keys=10)
    quota = Quota(1, 60)
    for number in range(100):
        limits.take([Level("address", f"address:{number}", quota)])
    assert len(limits._times) == 10
    assert limits.take([Level("address", "address:99", quota)]).refused_by is not None
    assert limits.take([Level("address", "address:0", quota)]).refused_by is None
    clock.now += 61_000_000
    limits.take([Level("address", "new", quota)])
    assert set(limits._times) == {"new/1/60"}, "what is given back is not kept"


def test_the_fields_are_those_of_the_draft() -> None:
    limits = InProcessLimits(Clock())
    levels = [Level("key", "a", Quota(100, 60)), Level("business", "b", Quota(50, 10))]
    assert policy_field(levels) == '"key";q=100;w=60, "business";q=50;w=10'
    assert limit_field(limits.take(levels).standings) == '"key";r=99;t=1, "business";r=49;t=1'


def test_every_class_has_a_quota_of_everybody_who_shares_it() -> None:
    assert set(DEFAULTS) == {(of, share) for of in RouteClass for share in Share}
    assert all(quota.is_sound for quota in DEFAULTS.values())


def test_the_setting_changes_what_it_names() -> None:
    quotas = parse_quotas(" *.platform=100/10, search.*=7/1 ,search.caller=5/60")
    assert quotas is not None
    assert quotas[RouteClass.READ, Share.PLATFORM] == Quota(100, 10)
    assert quotas[RouteClass.SEARCH, Share.PLATFORM] == Quota(7, 1)
    assert quotas[RouteClass.SEARCH, Share.CALLER] == Quota(5, 60)
    assert quotas[RouteClass.WRITE, Share.CALLER] == DEFAULTS[RouteClass.WRITE, Share.CALLER]
    assert parse_quotas("") == DEFAULTS
    assert parse_quotas(" off ") is None


@pytest.mark.parametrize(
    "text", ["on", "search=5/1", "search.caller=5", "nothing.caller=5/1", "search.nobody=5/1", "*.*=0/1", "*.*=90000/1"]
)
def test_a_setting_that_cannot_be_counted_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no|names no|not countable"):
        parse_quotas(text)


def test_a_hotels_limit_stands_before_the_destinations_and_that_before_the_default() -> None:
    def limit(business_id: int | None, counted: str, requests: int) -> RateLimit:
        return RateLimit(business_id, None, "search", counted, requests, 10, NOW, "test")  # type: ignore[arg-type]

    hotel, other = BusinessId(1), BusinessId(2)
    quotas = TenantQuotas(DEFAULTS, [limit(hotel, "each", 1), limit(None, "each", 2), limit(None, "together", 3)])
    assert quotas.caller(RouteClass.SEARCH, hotel) == Quota(1, 10)
    assert quotas.caller(RouteClass.SEARCH, other) == Quota(2, 10)
    assert quotas.caller(RouteClass.READ, hotel) == DEFAULTS[RouteClass.READ, Share.CALLER]
    assert quotas.omd(RouteClass.SEARCH) == Quota(3, 10)
    assert quotas.business(RouteClass.SEARCH, hotel) == DEFAULTS[RouteClass.SEARCH, Share.BUSINESS]
