"""The ways in: one access token for every kind of caller."""

import msgspec

from omd.db import Database
from omd.features.identity import create_token
from support.worlds import Hotel, Omd, World, system_actor


class Tokens(msgspec.Struct, frozen=True):
    """Access tokens as a caller sends them."""

    grand: str
    lodge: str
    alpha: str
    harbour: str
    beta: str

    def of(self, party: str) -> dict[str, str]:
        """Return the request headers of `grand`, `lodge`, `alpha` (the OMD), `harbour` or `beta` (another tenant)."""
        return {"Authorization": f"Bearer {getattr(self, party)}"}


async def make_tokens(database: Database, world: World) -> Tokens:
    """Make the tokens by the command that the product makes them with."""

    async def make(omd: Omd, hotel: Hotel | None) -> str:
        business_id = None if hotel is None else hotel.id
        async with database.transaction(system_actor(omd)) as tx:
            made = await create_token(tx, omd_id=omd.id, business_id=business_id, name="test")
        return made.token

    return Tokens(
        grand=await make(world.alpha, world.grand),
        lodge=await make(world.alpha, world.lodge),
        alpha=await make(world.alpha, None),
        harbour=await make(world.beta, world.harbour),
        beta=await make(world.beta, None),
    )
