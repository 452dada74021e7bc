"""How often the callers of a destination or hotel may ask."""

from omd.features.identity.limits.commands import remove_limit, set_limit
from omd.features.identity.limits.model import (
    DEFAULTS,
    UNKNOWN_CREDENTIALS,
    Counted,
    Quotas,
    RateLimit,
    RouteClass,
    Share,
    TenantQuotas,
    parse_quotas,
)
from omd.features.identity.limits.queries import list_limits

__all__ = [
    "DEFAULTS",
    "UNKNOWN_CREDENTIALS",
    "Counted",
    "Quotas",
    "RateLimit",
    "RouteClass",
    "Share",
    "TenantQuotas",
    "list_limits",
    "parse_quotas",
    "remove_limit",
    "set_limit",
]
