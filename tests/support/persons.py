"""People with roles who are signed in: users, memberships and sessions, put into the database as they stand."""

from datetime import timedelta

from omd.features.identity.people.model import csrf_token, make_secret, secret_hash
from omd.kernel.clock import Clock
from support.worlds import Connection, Hotel, Omd

SITE = "http://127.0.0.1:8000"
COOKIE = "omd_session"
Headers = dict[str, str]


class Persons:
    """People with roles, made as an arrangement; they come in by sessions of their own, as a browser does."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    async def add(self, name: str, *roles: tuple[str, Hotel | Omd], operator: bool = False) -> int:
        """Add a person, whose e-mail is `<name>@example.com`, with these roles; return the id."""
        user_id: int = await self._connection.fetchval(
            "insert into users (email, name, is_operator, sessions_from) "
            "values ($1 || '@example.com', initcap($1), $2, $3) returning id",
            *(name, operator, self._clock.now()),
        )
        for role, place in roles:
            omd_id, business_id = (place.omd_id, place.id) if isinstance(place, Hotel) else (place.id, None)
            await self._connection.execute(
                "insert into memberships (omd_id, business_id, user_id, role, created_by) "
                "values ($1, $2, $3, $4, 'test')",
                *(omd_id, business_id, user_id, role),
            )
        return user_id

    async def come_in(self, user_id: int) -> Headers:
        """Begin a session of the person's and return the headers that their browser sends."""
        token, now = make_secret(), self._clock.now()
        await self._connection.execute("update users set sessions_from = $2 where id = $1", user_id, now)
        await self._connection.execute(
            "insert into user_sessions (token_hash, user_id, working_omd_id, second_factor, created_at, last_seen_at, "
            "expires_at, address, agent) values ($1, $2, "
            "(select omd_id from memberships where user_id = $2 and ended_at is null order by id limit 1), "
            "false, $3, $3, $4, '', 'test')",
            *(secret_hash(token), user_id, now, now + timedelta(hours=12)),
        )
        return {"Cookie": f"{COOKIE}={token}", "Origin": SITE, "X-CSRF-Token": csrf_token(token)}

    async def headers(self, name: str, *roles: tuple[str, Hotel | Omd], operator: bool = False) -> Headers:
        """Add a person with these roles and return the headers they come in with."""
        return await self.come_in(await self.add(name, *roles, operator=operator))

    async def membership(self, user_id: int, role: str) -> int:
        """Return the id of the person's membership in this role that is in force."""
        found: int = await self._connection.fetchval(
            "select id from memberships where user_id = $1 and role = $2 and ended_at is null", user_id, role
        )
        return found
