"""Writes through HTTP: one transaction each, and a retried request gets the answer of the first.

The answer, refusals included, is committed with the work it reports, so it can neither be lost nor stand
without it. A concurrent twin waits on the unique key.
"""

import hashlib
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.params import HeaderParameter

from omd.db import Database, Transaction, load_statements
from omd.infra.http.problems import PROBLEM_JSON, document_of, problem_headers
from omd.kernel.actor import Actor
from omd.kernel.errors import OmdError

_SQL = load_statements("omd.infra.http", "idempotency.sql")
_JSON = "application/json"

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Your own name for this attempt. Sent again within 24 hours it gets the answer of the first.",
    ),
]


class IdempotencyKeyReused(OmdError):
    """The key was used for another request."""

    code = "idempotency_key_reused"
    status = 422
    title = "The Idempotency-Key belongs to another request"


class Answer(msgspec.Struct, frozen=True):
    """A complete answer: what goes over the wire and into the idempotency record.

    `kept` is what goes into the record instead of `body` where that holds a secret.
    """

    status: int
    body: bytes
    headers: dict[str, str] = {}
    kept: bytes | None = None


class StoredAnswer(msgspec.Struct, frozen=True):
    """An answer given before, and the hash of the request that got it."""

    request_hash: bytes
    status: int
    headers: str
    body: bytes


def json_answer(content: object, *, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> Answer:
    """Return the answer that serves this content as JSON."""
    return Answer(int(status), msgspec.json.encode(content), headers or {})


def json_answer_with_secret(content: object, without: object, *, status: int = HTTPStatus.OK) -> Answer:
    """Return an answer that shows a secret this once: a retried request gets `without`, no cache keeps either."""
    headers = {"Cache-Control": "no-store"}
    return Answer(int(status), msgspec.json.encode(content), headers, msgspec.json.encode(without))


class Writer:
    """Runs the writes of one request. `did_work` says, once it ran, that the work was done now and is committed."""

    def __init__(self, request: Request[Any, Any, Any], database: Database, actor: Actor) -> None:
        self._request = request
        self._database = database
        self._actor = actor
        self.did_work = False

    async def run(self, work: Callable[[Transaction], Awaitable[Answer]]) -> Response[bytes]:
        """Do the work in one transaction and answer; with an Idempotency-Key, at most once for that key.

        The key is taken together with the answer, as the transaction's last statement: who comes second waits there
        for the first, undoes its own work, and gives the first one's answer. Raises `IdempotencyKeyReused` when the
        key came with another method, path, query or body.
        """
        key = self._request.headers.get("idempotency-key")
        if key is None:
            answer = await self._database.write(self._actor, work)
            self.did_work = True
            return _response(answer)
        digest = await self._digest()
        try:
            return _response(await self._first(key, digest, work))
        except _KeyTaken:
            stored = await self._find(key)
            assert stored is not None, f"the key {key!r} has an answer"
            return _response(_same(stored, digest, key))

    async def _digest(self) -> bytes:
        """Return the hash of what is asked for: method, path, query and body."""
        url = self._request.url
        digest = hashlib.sha256(f"{self._request.method} {url.path}?{url.query}\n".encode())
        digest.update(await self._request.body())
        return digest.digest()

    async def known(self) -> Response[bytes] | None:
        """Return the answer that the request's Idempotency-Key has already, or None.

        For work of several transactions, whose answer `run` keeps at the end. Raises `IdempotencyKeyReused`.
        """
        key = self._request.headers.get("idempotency-key")
        if key is None:
            return None
        stored = await self._find(key)
        return None if stored is None else _response(_same(stored, await self._digest(), key))

    async def _first(self, key: str, request_hash: bytes, work: Callable[[Transaction], Awaitable[Answer]]) -> Answer:
        """Do the work and keep its answer under the key; raise `_KeyTaken`, with nothing done, when it has one."""

        async def work_and_keep(tx: Transaction) -> Answer:
            answer = await work(tx)
            await self._keep(tx, key, request_hash, answer)
            return answer

        try:
            answer = await self._database.write(self._actor, work_and_keep)
        except OmdError as refusal:
            if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            # The work is undone; what is left to commit is the refusal itself.
            headers = {**problem_headers(refusal), "Content-Type": PROBLEM_JSON}
            refused = Answer(refusal.status, msgspec.json.encode(document_of(refusal)), headers)
        else:
            self.did_work = True
            return answer
        await self._database.write(self._actor, lambda tx: self._keep(tx, key, request_hash, refused))
        return refused

    async def _keep(self, tx: Transaction, key: str, request_hash: bytes, answer: Answer) -> None:
        kept = await tx.value(
            _SQL["keep_answer"],
            omd_id=self._actor.omd_id,
            actor=self._actor.label,
            key=key,
            request_hash=request_hash,
            status=answer.status,
            headers=msgspec.json.encode(answer.headers).decode(),
            body=answer.body if answer.kept is None else answer.kept,
        )
        if not kept:
            raise _KeyTaken

    async def _find(self, key: str) -> StoredAnswer | None:
        async with self._database.reading(self._actor) as tx:
            return await tx.maybe(
                _SQL["find_answer"], StoredAnswer, omd_id=self._actor.omd_id, actor=self._actor.label, key=key
            )


class _KeyTaken(Exception):
    """The key has an answer already."""


def _same(stored: StoredAnswer, request_hash: bytes, key: str) -> Answer:
    """Return the answer given before; raise `IdempotencyKeyReused` where another request got it."""
    if stored.request_hash != request_hash:
        raise IdempotencyKeyReused(
            f"The Idempotency-Key {key!r} was used for another request. Use a new key for a new request."
        )
    return Answer(stored.status, stored.body, msgspec.json.decode(stored.headers, type=dict[str, str]))


def _response(answer: Answer) -> Response[bytes]:
    headers = dict(answer.headers)
    media_type = headers.pop("Content-Type", _JSON)
    return Response(answer.body, status_code=answer.status, headers=headers, media_type=media_type)
