"""What handlers take from the application and from the path, by the names they all use."""

from datetime import UTC, datetime
from typing import Annotated, TypeAlias
from uuid import UUID

from litestar.di import NamedDependency
from litestar.params import PathParameter

from omd.db import Database
from omd.infra.keyring import Keyring
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock

ActorDep: TypeAlias = NamedDependency[Actor]
"""Whom the request acts for; asking for it is what makes a resource need a token."""

DatabaseDep: TypeAlias = NamedDependency[Database]
ClockDep: TypeAlias = NamedDependency[Clock]
KeyringDep: TypeAlias = NamedDependency[Keyring]

NO_NUL = "^[^\\x00]*$"
"""Pattern of a text that PostgreSQL can hold."""

PathId: TypeAlias = Annotated[int, PathParameter(ge=1, le=2**31 - 1)]
PathUuid: TypeAlias = Annotated[UUID, PathParameter()]

FIRST_INSTANT = datetime(1, 1, 2, tzinfo=UTC)
LAST_INSTANT = datetime(9999, 12, 30, tzinfo=UTC)
"""The ends of the calendar, a day within what every zone can say."""


def instant_or(given: datetime | None, otherwise: datetime) -> datetime:
    """Return the instant asked for; one without a zone is of UTC, one outside of the calendar is its end."""
    if given is None:
        return otherwise
    zoned = given if given.tzinfo is not None else given.replace(tzinfo=UTC)
    return min(max(zoned, FIRST_INSTANT), LAST_INSTANT)
