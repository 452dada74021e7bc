"""Fees over HTTP: what a guest owes who cancels or does not come."""

from litestar import Controller, Router, get
from litestar.openapi.datastructures import ResponseSpec

from omd.features.reservations.fees.model import StayFees
from omd.features.reservations.fees.reckoning import get_fees
from omd.infra.http import COMMON_PROBLEMS, ActorDep, ClockDep, DatabaseDep, PathUuid

_FEES = ResponseSpec(StayFees, description="The fees, as they stand now.", generate_examples=False)


class ReservationFees(Controller):
    """What a guest owes who cancels or does not come."""

    path = "/reservations/{reservation_id:uuid}/fees"
    tags = ("Reservations",)

    @get(
        operation_id="getReservationFees",
        summary="Reckon the fees of a stay",
        responses={200: _FEES, **COMMON_PROBLEMS},
    )
    async def read(self, reservation_id: PathUuid, actor: ActorDep, database: DatabaseDep, clock: ClockDep) -> StayFees:
        """Reckon what is owed by the policies that the stay was sold under, now and from when on; charges nothing."""
        async with database.reading(actor) as tx:
            return await get_fees(tx, actor, reservation_id, clock.now())


router = Router(path="", route_handlers=[ReservationFees])
