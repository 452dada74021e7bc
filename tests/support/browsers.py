"""People at their browsers: users with roles, signed in through the real application."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
from litestar import Litestar

from omd.db import Database
from omd.entrypoints.api.parts import AppServices
from omd.features.identity import ProviderSettings, SessionRules, create_link
from omd.infra.keyring import Keyring
from omd.infra.mail import Letter
from omd.kernel.clock import FixedClock
from support.letters import waiting_letters
from support.served_app import KEYRING, application, running
from support.worlds import Connection, World

PASSWORD = "vişinata bunicii 1987"
OTHER_PASSWORD = "three brown bears asleep"
LOOPBACK = "http://127.0.0.1:8000"
API = "/api/v1"


class Browser:
    """One browser: keeps cookies, and sends what a page of the site would send with a change."""

    def __init__(self, app: Litestar, *, site: str = LOOPBACK, address: str = "192.0.2.7") -> None:
        transport = httpx.ASGITransport(cast("Any", app), client=(address, 50000))
        self.client = httpx.AsyncClient(transport=transport, base_url=site)
        self.site = site
        self.csrf: str | None = None

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send a request as a page of the site does, and remember the session's CSRF token where one is told."""
        sent = {"Origin": self.site, **({"X-CSRF-Token": self.csrf} if self.csrf else {}), **headers}
        answer = await self.client.request(method, API + path, json=body, headers=sent)
        if answer.headers.get("Content-Type") == "application/json" and isinstance(answer.json(), dict):
            told = answer.json().get("session", answer.json())
            self.csrf = told.get("csrf_token", self.csrf) if isinstance(told, dict) else self.csrf
        return answer

    async def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        """Sign in."""
        return await self.ask("POST", "/session", {"email": email, "password": password, **more})

    async def is_signed_in(self) -> bool:
        """Say whether the session's cookie opens anything."""
        answer = await self.ask("GET", "/session")
        assert answer.status_code in (200, 401), answer.text
        return answer.status_code == 200

    @property
    def session_cookie(self) -> str | None:
        """The session's token, as the cookie holds it."""
        held = [each.value for each in self.client.cookies.jar if each.name.endswith("omd_session")]
        return held[0] if held else None


class Site:
    """The application, and people who use it."""

    def __init__(
        self,
        *,
        db: Database,
        owner: Connection,
        clock: FixedClock,
        redis_url: str | None,
        public_url: str = LOOPBACK,
        rules: SessionRules | None = None,
        keyring: Keyring = KEYRING,
        providers: tuple[ProviderSettings, ...] = (),
    ) -> None:
        self.db, self.owner, self.clock, self.public_url, self._keyring = db, owner, clock, public_url, keyring
        self._services = AppServices(
            database=db,
            clock=clock,
            keyring=keyring,
            redis_url=redis_url,
            public_url=public_url,
            session_rules=rules or SessionRules(),
            providers=providers,
        )
        self.app: Litestar
        self._browsers: list[Browser] = []

    def browser(self, *, address: str = "192.0.2.7") -> Browser:
        """Open another browser."""
        browser = Browser(self.app, site=self.public_url, address=address)
        self._browsers.append(browser)
        return browser

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Site"]:
        """Serve until the end of the block."""
        with application(self._services) as self.app:
            async with running(self.app):
                yield self
        for browser in self._browsers:
            await browser.client.aclose()

    async def invite(self, email: str) -> str:
        """Return the token of an invitation."""
        async with self.db.transaction(None) as tx:
            return await create_link(tx, purpose="invitation", email=email, now=self.clock.now())

    async def person(self, email: str, *, password: str = PASSWORD, name: str = "Ana Popescu") -> int:
        """Let somebody accept an invitation, as the product has it, and return their id."""
        answer = await self.browser().ask(
            "POST", "/invitations/redeem", {"token": await self.invite(email), "name": name, "password": password}
        )
        assert answer.status_code == 204, answer.text
        return int(await self.owner.fetchval("select id from users where email = $1", email))

    async def give_role(self, user_id: int, omd_id: int, business_id: int | None, role: str) -> None:
        """Give somebody a role."""
        await self.owner.execute(
            "insert into memberships (omd_id, business_id, user_id, role, created_by) values ($1, $2, $3, $4, 'test')",
            *(omd_id, business_id, user_id, role),
        )

    async def end_roles(self, user_id: int) -> None:
        """Take every role from somebody, telling nobody."""
        await self.owner.execute(
            "update memberships set ended_at = now(), ended_by = 'test' where user_id = $1 and ended_at is null",
            user_id,
        )

    async def signed_in(self, email: str, *, address: str = "192.0.2.7") -> Browser:
        """Return a browser in which somebody has signed in."""
        browser = self.browser(address=address)
        answer = await browser.sign_in(email)
        assert answer.status_code == 200, answer.text
        return browser

    async def letters(self) -> list[Letter]:
        """Return the letters that wait to be sent, the oldest first."""
        return await waiting_letters(self.owner, self._keyring)

    async def link_token(self) -> str:
        """Return what stands behind the # in the last letter."""
        letter = (await self.letters())[-1]
        (found,) = re.findall(r"#([A-Za-z0-9_-]{43})$", letter.text, re.MULTILINE)
        return str(found)


def one_stay(world: World) -> dict[str, object]:
    """Return the body of a booking at the hotel `grand`."""
    return {
        "room_type_id": world.grand.types["twin"].id,
        "arrival": "2027-03-10",
        "departure": "2027-03-12",
        "guests": [{"last_name": "Popa"}],
    }
