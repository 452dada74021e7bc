"""The same API without its door: nobody is asked for a key, nothing is counted, the actor follows from the path.

What it lacks is what authentication, permissions and limits cost; all behind the door, row security included, is
the product's.
"""

import os
from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from bench.dataset import HOTELS_PER_OMD
from omd.entrypoints.api.app import create_app
from omd.entrypoints.api.doors import Door
from omd.entrypoints.api.parts import AppServices
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId, OmdId

FIRST_OMD = "BENCH_FIRST_OMD"
FIRST_BUSINESS = "BENCH_FIRST_BUSINESS"
_ACTOR = "omd_actor"


class OpenDoor(Door):
    """Lets everybody in, as the staff of the hotel that the path names; asks nothing of what a door leans on."""

    def __init__(self) -> None:
        """Lean on nothing."""

    async def keep_known(self) -> None:
        """Know nobody."""

    async def admit(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:  # noqa: ARG002
        """Remember the actor."""
        business = connection.path_params.get("business_id")
        if isinstance(business, int):
            omd = int(os.environ[FIRST_OMD]) + (business - int(os.environ[FIRST_BUSINESS])) // HOTELS_PER_OMD
            hotels = (BusinessId(business),)
            connection.scope[_ACTOR] = Actor(OmdId(omd), "hotel", hotels, hotels, "bench")  # type: ignore[literal-required]  # as the door does


def create_open_app(services: AppServices) -> Litestar:
    """Return the API behind the open door."""
    return create_app(services, door=OpenDoor())
