"""Copies of sessions in Redis: they answer when a server sees a session for the first time.

A copy lives for a minute. Whoever changes what a person may do, or ends a session of theirs, marks the person for two:
while the mark stands no copy of theirs is believed and none is made. So a copy that is being made while the change is
under way cannot outlive it, whichever comes first.

A copy is sealed with a key that Redis does not have: who can write there could otherwise be anybody here.
"""

import hmac
from datetime import datetime
from typing import Any, cast

import msgspec

from omd.features.identity.people.model import Session
from omd.infra.keyring import Keyring
from omd.infra.redis_circuit import RedisAway, RedisCircuit

COPY_SECONDS = 60
MARK_SECONDS = 125
"""Longer than a copy lives, and no shorter than who was known may come in while the database is away."""
_SEAL_BYTES = 32

_READ = """
local copy = redis.call('get', KEYS[1])
if not copy then return false end
local user = string.match(copy, '^(%d+) ')
if not user or redis.call('exists', 'omd:changed:' .. user) == 1 then return false end
return copy
"""

_MAKE = """
if redis.call('exists', KEYS[2]) == 1 then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'ex', ARGV[2])
return 1
"""

_decoder = msgspec.msgpack.Decoder(Session)


class SessionCopies:
    """Reads, makes and revokes copies; without Redis there are none, and the database answers."""

    def __init__(self, circuit: RedisCircuit, keyring: Keyring) -> None:
        self._circuit = circuit
        self._keyring = keyring

    async def read(self, token_hash: bytes) -> Session | None:
        """Return the copy of a session, None when there is none that may be believed."""
        try:
            copy = await self._circuit.ask(lambda redis: cast("Any", redis.eval(_READ, 1, _key(token_hash))))
        except RedisAway:
            return None
        if not isinstance(copy, bytes):
            return None
        user, _, sealed = copy.partition(b" ")
        seal, text = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(token_hash, user, text)):
            return None  # of other keys, or not of ours
        try:
            return _decoder.decode(text)
        except msgspec.DecodeError:
            return None  # of another release

    async def make(self, token_hash: bytes, session: Session) -> None:
        """Make or renew the copy of a session that the database has just told of."""
        user, text = b"%d" % session.user_id, msgspec.msgpack.encode(session)
        copy = user + b" " + self._seal(token_hash, user, text) + text
        keys = (_key(token_hash), _mark(session.user_id))
        try:
            await self._circuit.ask(lambda redis: cast("Any", redis.eval(_MAKE, 2, *keys, copy, str(COPY_SECONDS))))
        except RedisAway:
            return  # the database answers next time, too

    async def mark_changed(self, user_id: int, now: datetime) -> bool:
        """Let nobody believe a copy of this person's sessions; say whether Redis could be told."""
        try:
            await self._circuit.ask(lambda redis: redis.set(_mark(user_id), str(int(now.timestamp())), ex=MARK_SECONDS))
        except RedisAway:
            return False
        return True

    async def is_changed(self, user_id: int) -> bool:
        """Say whether Redis was told lately that this person was changed; without Redis nobody was."""
        try:
            return bool(await self._circuit.ask(lambda redis: redis.exists(_mark(user_id))))
        except RedisAway:
            return False

    def _seal(self, token_hash: bytes, user: bytes, text: bytes) -> bytes:
        # The user as it is written, by which the mark is looked for.
        return self._keyring.seal_of(token_hash + user + b" " + text, "session copy")


def _key(token_hash: bytes) -> str:
    return f"omd:session:{token_hash.hex()}"


def _mark(user_id: int) -> str:
    return f"omd:changed:{user_id}"
