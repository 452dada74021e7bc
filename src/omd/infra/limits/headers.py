"""The fields RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10), as structured fields."""

from collections.abc import Iterable

from omd.infra.limits.model import Level, Standing


def policy_field(levels: Iterable[Level]) -> str:
    """Return the value of RateLimit-Policy: what may be used."""
    return ", ".join(f'"{each.name}";q={each.quota.requests};w={each.quota.seconds}' for each in levels)


def limit_field(standings: Iterable[Standing]) -> str:
    """Return the value of RateLimit: what is left, and in how many seconds everything is given back."""
    return ", ".join(f'"{each.level.name}";r={each.remaining};t={each.reset_seconds}' for each in standings)
