"""What somebody is told whom a rate limit keeps out, and how it is counted."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from prometheus_client import Counter

from omd.features.identity.limits import RouteClass
from omd.infra.http.gate import add_answer_header
from omd.infra.limits import Level, Standing, limit_field, policy_field
from omd.kernel.errors import OmdError

Counted = RouteClass | Literal["unknown_credentials"]
"""What a limit counts: the requests of a class, or those with credentials that nobody knows."""

REFUSALS = Counter(
    "omd_limit_refusals_total",
    "Requests refused by a rate limit, by its level and their class.",
    ["level", "route_class"],
)
_MICROSECONDS = 1_000_000

_WHOSE = {
    "key": "by this key",
    "person": "by you",
    "business": "for this hotel",
    "omd": "for this destination",
    "address": "from this address",
    "platform": "for the whole platform",
}


class RateLimited(OmdError):
    """More requests came than a limit allows; the answer names the limit and says when to come again."""

    code = "rate_limited"
    status = 429
    title = "Too many requests"


def tell(scope: Any, levels: Sequence[Level], standings: Iterable[Standing]) -> None:
    """Tell the caller of these levels, as far as they were asked how they stand."""
    names = {each.name for each in levels}
    add_answer_header(scope, "RateLimit-Policy", policy_field(levels))
    stands = limit_field(each for each in standings if each.level.name in names)
    if stands:
        add_answer_header(scope, "RateLimit", stands)


def count_limit(standing: Standing, counted: Counted) -> None:
    """Count a refusal by the level that refused."""
    REFUSALS.labels(standing.level.name, str(counted)).inc()


def refusal_of(standing: Standing, counted: Counted) -> RateLimited:
    """Return the refusal by a level that stands so."""
    seconds = math.ceil(standing.wait / _MICROSECONDS)
    name = standing.level.name
    which = "with credentials that are not known" if counted == "unknown_credentials" else f"of the class {counted}"
    return RateLimited(
        f"There were too many requests {which} {_WHOSE[name]}: it takes {standing.level.quota}. "
        f"Come again in {seconds} second{'s' * (seconds != 1)}.",
        data={"level": name},
        retry_after=seconds,
    )
