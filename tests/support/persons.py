"""People who come in, by sessions of their own, as if they had signed in."""

from omd.features.identity.people.model import csrf_token, make_secret, secret_hash
from support.worlds import NOW, Connection, Hotel, Omd

_SITE = "http://testserver"


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
        """Add a person with these roles and return the headers their browser sends, signed in just now."""
        user_id = await self.add(name, *roles, operator=operator)
        token = make_secret()
        await self._connection.execute(
            "insert into user_sessions (token_hash, user_id, working_omd_id, second_factor, created_at, last_seen_at, "
            "expires_at, address, agent) select $1, $2, min(omd_id), true, $3, $3, $3::timestamptz + interval '12 h', "
            "'', '' from memberships where user_id = $2",
            *(secret_hash(token), user_id, NOW),
        )
        return {"Cookie": f"omd_session={token}", "X-CSRF-Token": csrf_token(token), "Origin": _SITE}

    async def membership(self, user_id: int, role: str) -> int:
        """Return the id of the person's membership in this role that is in force."""
        found: int = await self._connection.fetchval(
            "select id from memberships where user_id = $1 and role = $2 and ended_at is null", user_id, role
        )
        return found
