"""How often who may ask: classes of requests, the platform's defaults, and what tenants have instead."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

import msgspec

from omd.infra.limits import MOST_PER_SECOND, Quota
from omd.kernel.ids import BusinessId

Counted = Literal["together", "each"]


class RouteClass(StrEnum):
    """Requests that are limited together, because they cost about the same."""

    SEARCH = "search"
    READ = "read"
    WRITE = "write"
    SIGN_IN = "sign_in"


class Share(StrEnum):
    """Who shares a quota: the whole platform, a destination, a hotel, one key or person, one address."""

    PLATFORM = "platform"
    OMD = "omd"
    BUSINESS = "business"
    CALLER = "caller"
    ADDRESS = "address"


Quotas = Mapping[tuple[RouteClass, Share], Quota]

DEFAULTS: Quotas = MappingProxyType(
    {
        (RouteClass.SEARCH, Share.PLATFORM): Quota(50_000, 10),
        (RouteClass.SEARCH, Share.OMD): Quota(10_000, 10),
        (RouteClass.SEARCH, Share.BUSINESS): Quota(3_000, 10),
        (RouteClass.SEARCH, Share.CALLER): Quota(1_000, 10),
        (RouteClass.SEARCH, Share.ADDRESS): Quota(300, 10),
        (RouteClass.READ, Share.PLATFORM): Quota(50_000, 10),
        (RouteClass.READ, Share.OMD): Quota(20_000, 10),
        (RouteClass.READ, Share.BUSINESS): Quota(3_000, 10),
        (RouteClass.READ, Share.CALLER): Quota(1_000, 10),
        (RouteClass.READ, Share.ADDRESS): Quota(300, 10),
        (RouteClass.WRITE, Share.PLATFORM): Quota(20_000, 10),
        (RouteClass.WRITE, Share.OMD): Quota(5_000, 10),
        (RouteClass.WRITE, Share.BUSINESS): Quota(1_000, 10),
        (RouteClass.WRITE, Share.CALLER): Quota(500, 10),
        (RouteClass.WRITE, Share.ADDRESS): Quota(100, 10),
        (RouteClass.SIGN_IN, Share.PLATFORM): Quota(5_000, 10),
        (RouteClass.SIGN_IN, Share.OMD): Quota(2_000, 10),
        (RouteClass.SIGN_IN, Share.BUSINESS): Quota(500, 10),
        (RouteClass.SIGN_IN, Share.CALLER): Quota(60, 60),
        (RouteClass.SIGN_IN, Share.ADDRESS): Quota(60, 60),
    }
)
"""Generous: a destination of 1,000 people who each ask every 5 seconds uses a tenth of what it has."""

UNKNOWN_CREDENTIALS = Quota(120, 60)
"""How many unknown keys one address may try at a worker before the database is asked no more."""


class RateLimit(msgspec.Struct, frozen=True):
    """A limit of a hotel, or of a whole OMD when `business_id` is None, in place of the platform's default."""

    business_id: BusinessId | None
    business_code: str | None
    route_class: str
    counted: Counted
    requests: int
    seconds: int
    set_at: datetime
    set_by: str

    @property
    def quota(self) -> Quota:
        """Return what it allows."""
        return Quota(self.requests, self.seconds)


class TenantQuotas:
    """What holds for the callers of one OMD: its own limits and its hotels', over the platform's defaults."""

    def __init__(self, defaults: Quotas, limits: Iterable[RateLimit] = ()) -> None:
        self._defaults = defaults
        self._own = {(each.business_id, each.route_class, each.counted): each.quota for each in limits}

    def omd(self, route_class: RouteClass) -> Quota:
        """Return what everybody of the destination and its hotels shares."""
        return self._own.get((None, route_class.value, "together")) or self._defaults[route_class, Share.OMD]

    def business(self, route_class: RouteClass, business_id: BusinessId) -> Quota:
        """Return what everybody of one hotel shares."""
        own = self._own.get((business_id, route_class.value, "together"))
        return own or self._defaults[route_class, Share.BUSINESS]

    def caller(self, route_class: RouteClass, business_id: BusinessId | None) -> Quota:
        """Return what one key or person has: of the hotel, else as the destination says, else the default."""
        own = self._own.get((business_id, route_class.value, "each")) or self._own.get(
            (None, route_class.value, "each")
        )
        return own or self._defaults[route_class, Share.CALLER]


_SETTING = re.compile(r"([a-z_]+|\*)\.([a-z_]+|\*)=(\d{1,7})/(\d{1,5})")


def parse_quotas(text: str) -> Quotas | None:
    """Return the defaults changed as the text says; None for `off`, which limits nobody.

    The text is a list by commas of `class.share=requests/seconds`, either name `*` for all; the last one that fits
    holds. Raises `ValueError` that says what is not understood.
    """
    if text.strip() == "off":
        return None
    quotas = dict(DEFAULTS)
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _SETTING.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is no class.share=requests/seconds, such as search.caller=600/60")
        name, share, requests, seconds = match.groups()
        quota = Quota(int(requests), int(seconds))
        fitting = [each for each in quotas if name in ("*", each[0].value) and share in ("*", each[1].value)]
        if not fitting:
            raise ValueError(f"{part!r} names no class ({_names(RouteClass)}) or no share ({_names(Share)})")
        if not quota.is_sound:
            raise ValueError(f"{part!r} is not countable: 1 second to a day, and at most {MOST_PER_SECOND:,} a second")
        quotas.update(dict.fromkeys(fitting, quota))
    return quotas


def _names(kind: type[StrEnum]) -> str:
    return ", ".join(each.value for each in kind)
