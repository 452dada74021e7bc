"""The way in for people, put together."""

from collections.abc import Iterable

from omd.db import Database
from omd.features.identity import (
    Invitation,
    Passwords,
    Provider,
    ProviderSettings,
    Reception,
    SessionRules,
    Sessions,
    link_letter,
)
from omd.features.identity.http import CookieRules, Invitations, People
from omd.infra.keyring import Keyring
from omd.infra.mail import Mailer, deliver
from omd.infra.redis_circuit import RedisCircuit
from omd.infra.throttle import Throttle
from omd.kernel.clock import Clock


def people_of(
    database: Database,
    circuit: RedisCircuit,
    *,
    clock: Clock,
    keyring: Keyring,
    mailer: Mailer,
    public_url: str,
    rules: SessionRules,
    providers: Iterable[ProviderSettings] = (),
) -> People:
    """Return the way in for people on these services."""
    sessions = Sessions(database, circuit, clock=clock, rules=rules)
    reception = Reception(
        database,
        sessions=sessions,
        passwords=Passwords(),
        throttle=Throttle(circuit),
        keyring=keyring,
        clock=clock,
        public_url=public_url,
    )
    known = {each.name: Provider(each, clock=clock, public_url=public_url) for each in providers}
    return People(reception, sessions, keyring, mailer, CookieRules.of(public_url), known)


def invitations_by(mailer: Mailer, public_url: str) -> Invitations:
    """Return what sends the letters of invitation."""

    async def send(invitation: Invitation) -> None:
        letter = link_letter(
            "invitation",
            email=invitation.email,
            language=invitation.language,
            public_url=public_url,
            token=invitation.token,
        )
        await deliver(mailer, letter)

    return Invitations(send)
