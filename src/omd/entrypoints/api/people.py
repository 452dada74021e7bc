"""The way in for people, put together."""

from collections.abc import Iterable

from omd.db import Database, DatabaseContact
from omd.entrypoints.mailing import LetterQueue
from omd.features.identity import (
    Passwords,
    Provider,
    ProviderSettings,
    Reception,
    SessionRules,
    Sessions,
)
from omd.features.identity.http import CookieRules, People
from omd.infra.keyring import Keyring
from omd.infra.redis_circuit import RedisCircuit
from omd.infra.throttle import Throttle
from omd.kernel.clock import Clock


def people_of(
    database: Database,
    circuit: RedisCircuit,
    *,
    clock: Clock,
    keyring: Keyring,
    public_url: str,
    rules: SessionRules,
    providers: Iterable[ProviderSettings] = (),
    contact: DatabaseContact | None = None,
) -> People:
    """Return the way in for people on these services."""
    sessions = Sessions(database, circuit, keyring=keyring, clock=clock, rules=rules, contact=contact)
    outbox = LetterQueue(keyring)
    reception = Reception(
        database,
        outbox=outbox,
        sessions=sessions,
        passwords=Passwords(),
        throttle=Throttle(circuit),
        keyring=keyring,
        clock=clock,
        public_url=public_url,
    )
    known = {each.name: Provider(each, clock=clock, public_url=public_url) for each in providers}
    return People(reception, sessions, keyring, outbox, CookieRules.of(public_url), known)
