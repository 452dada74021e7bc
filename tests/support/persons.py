"""People who come in, by their memberships as they stand in the database at that moment."""

import asyncpg

from omd.db import Database
from omd.features.identity import ROLES, Principal, PrincipalResolver
from omd.features.identity.principal import Grant
from omd.kernel.clock import Clock
from omd.kernel.ids import OmdId
from support.worlds import Connection, Hotel, Omd

_MARK = "person-"

_MEMBERSHIPS = "select omd_id, business_id, role from memberships where user_id = $1 and ended_at is null order by id"
_PLACES = """
select array(select id from businesses where omd_id = $1 order by id),
       array(select business_id from consents where omd_id = $1 and revoked_at is null order by 1)
"""


class PersonResolver(PrincipalResolver):
    """Resolves tokens as the product does, and `person-<user id>` to that person, as if signed in."""

    def __init__(self, db: Database, *, clock: Clock, dsn: str) -> None:
        super().__init__(db, clock=clock)
        self._dsn = dsn

    async def resolve(self, token: str) -> Principal | None:
        """Return whom the token stands for; nobody's word for a person is remembered."""
        if not token.startswith(_MARK):
            return await super().resolve(token)
        connection = await asyncpg.connect(self._dsn)
        try:
            return await principal_of(connection, int(token.removeprefix(_MARK)))
        finally:
            await connection.close()


async def principal_of(connection: Connection, user_id: int) -> Principal:
    """Return the person, in the destination of their first membership."""
    is_operator = await connection.fetchval("select is_operator from users where id = $1", user_id)
    held = await connection.fetch(_MEMBERSHIPS, user_id)
    omd_id = OmdId(held[0]["omd_id"] if held else 0)
    grants = tuple(
        Grant(row["business_id"], ROLES[row["role"]], row["role"]) for row in held if row["omd_id"] == omd_id
    )
    members, consented = await connection.fetchrow(_PLACES, omd_id) or ((), ())
    of_omd = any(grant.business_id is None for grant in grants)
    return Principal(
        f"user:{user_id}",
        omd_id,
        grants,
        tuple(members) if of_omd else (),
        tuple(consented) if of_omd else (),
        user_id,
        is_operator,
    )


def headers_of(user_id: int) -> dict[str, str]:
    """Return the request headers of a person."""
    return {"Authorization": f"Bearer {_MARK}{user_id}"}


class Persons:
    """People with roles, made as an arrangement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, name: str, *roles: tuple[str, Hotel | Omd], operator: bool = False) -> int:
        """Add a person, whose e-mail is `<name>@example.com`, with these roles; return the id."""
        user_id: int = await self._connection.fetchval(
            "insert into users (email, name, is_operator) values ($1 || '@example.com', initcap($1), $2) returning id",
            *(name, operator),
        )
        for role, place in roles:
            omd_id, business_id = (place.omd_id, place.id) if isinstance(place, Hotel) else (place.id, None)
            await self._connection.execute(
                "insert into memberships (omd_id, business_id, user_id, role, created_by) "
                "values ($1, $2, $3, $4, 'test')",
                *(omd_id, business_id, user_id, role),
            )
        return user_id

    async def headers(self, name: str, *roles: tuple[str, Hotel | Omd], operator: bool = False) -> dict[str, str]:
        """Add a person with these roles and return the headers they come in with."""
        return headers_of(await self.add(name, *roles, operator=operator))

    async def membership(self, user_id: int, role: str) -> int:
        """Return the id of the person's membership in this role that is in force."""
        found: int = await self._connection.fetchval(
            "select id from memberships where user_id = $1 and role = $2 and ended_at is null", user_id, role
        )
        return found
