"""A guest's own stay over HTTP: opened by its code and a surname, read, cancelled."""

from datetime import datetime
from typing import Annotated, Any, NoReturn, TypeAlias

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from omd.db import Database, Transaction
from omd.features.identity import GuestPasses, Origin, TooManyAttempts, record
from omd.features.reservations.commands.lifecycle import Freed, place_into
from omd.features.reservations.commands.own_stay import (
    cancel_own_stay,
    guest_opening,
    normal_code,
    open_stay,
    read_own_stay,
)
from omd.features.reservations.errors import StayNotRecognised
from omd.features.reservations.http.stays import Cancellation
from omd.features.reservations.own_stay import OwnStay
from omd.infra.http import (
    COMMON_PROBLEMS,
    AcceptLanguage,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    IfMatch,
    KeyringDep,
    Writer,
    etag,
    json_answer,
    languages_of,
    require_version,
)
from omd.infra.throttle import Bucket, Throttle
from omd.kernel.actor import Actor
from omd.kernel.ids import OmdId

GuestPassesDep: TypeAlias = NamedDependency[GuestPasses]
ThrottleDep: TypeAlias = NamedDependency[Throttle]
OriginDep: TypeAlias = NamedDependency[Origin]

_PRIVATE = {"Cache-Control": "no-store"}
_STAY = {200: ResponseSpec(OwnStay, description="Your stay; its version is the ETag.", generate_examples=False)}


class StayShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a guest shows: the destination, the code of the stay, and the surname of one of its guests."""

    omd_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern="^[^\\x00-\\x1f\\x7f]*$(?!\\n)")]
    surname: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern="^[^\\x00-\\x1f\\x7f]*$(?!\\n)")]


class OpenedStay(msgspec.Struct, frozen=True):
    """The pass of a guest, sent as a bearer token until it ends, and the stay it opens."""

    token: str
    ends_at: datetime
    stay: OwnStay


class StayDoor(Controller):
    """The way in for guests."""

    path = "/own-stay/pass"
    tags = ("A guest's own stay",)

    @post(operation_id="openOwnStay", summary="Open your stay", status_code=200, responses=COMMON_PROBLEMS)
    async def open(
        self,
        data: JSONBody[StayShown],
        database: DatabaseDep,
        clock: ClockDep,
        keyring: KeyringDep,
        origin: OriginDep,
        guest_passes: GuestPassesDep,
        throttle: ThrottleDep,
        accept_language: AcceptLanguage = None,
    ) -> Response[OpenedStay]:
        """Show the code of a stay and a surname, in any case and without accents, and get a pass for half an hour."""
        omd_id, code, now = OmdId(data.omd_id), normal_code(data.code), clock.now()
        mark = keyring.fingerprint(f"{omd_id} {code}", "stay code")
        always, of_stay = _buckets(mark.hex(), origin.neighbourhood)
        wait = await throttle.take([*always, of_stay], now)
        if wait > 0:
            raise TooManyAttempts(f"Too many tries failed. Try again in {wait} seconds.", retry_after=wait)
        opening = guest_opening(omd_id, code, address=origin.address, request_id=origin.request_id)
        async with database.reading(opening) as tx:
            business_id = await open_stay(tx, opening, data.surname)
        if business_id is None:
            await _refuse(database, mark, origin, now)
        async with database.transaction(None) as tx:
            await record(tx, "guest_sign_in", email_mark=mark, origin=origin, now=now)
        await throttle.give_back([always[0].key])
        await throttle.clear([always[1].key, of_stay.key])
        given = guest_passes.issue(omd_id, business_id, code)
        guest = msgspec.structs.replace(opening, business_ids=(business_id,), reading_business_ids=(business_id,))
        async with database.reading(guest) as tx:
            stay = await read_own_stay(tx, guest, now, languages_of(None, accept_language))
        return Response(OpenedStay(given.token, given.ends_at, stay), headers=_PRIVATE)


class OwnStayDesk(Controller):
    """The one stay of a guest."""

    path = "/own-stay"
    tags = ("A guest's own stay",)

    @get(operation_id="getOwnStay", summary="Read your stay", responses={**_STAY, **COMMON_PROBLEMS})
    async def read(
        self, actor: ActorDep, database: DatabaseDep, clock: ClockDep, accept_language: AcceptLanguage = None
    ) -> Response[OwnStay]:
        """Read your stay, whether it can be cancelled, and what that costs now and from when on more."""
        async with database.reading(actor) as tx:
            stay = await read_own_stay(tx, actor, clock.now(), languages_of(None, accept_language))
        return Response(stay, headers={**_PRIVATE, "ETag": etag(stay.version)})

    @post(
        "/cancel",
        operation_id="cancelOwnStay",
        summary="Cancel your stay",
        status_code=200,
        responses={**_STAY, **COMMON_PROBLEMS},
    )
    async def cancel(
        self,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        data: JSONBody[Cancellation | None] = None,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
        accept_language: AcceptLanguage = None,
    ) -> Response[bytes]:
        """Cancel your stay before it begins; its nights return to stock at once. `policies` say what is owed."""
        del idempotency_key
        now = clock.now()
        freed: list[Freed] = []

        async def work(tx: Transaction) -> Answer:
            freed.clear()
            given_back = await cancel_own_stay(
                tx,
                actor,
                reason=data.reason if data else None,
                now=now,
                expected=lambda version: require_version(if_match, version),
            )
            freed.extend([] if given_back is None else [given_back])
            stay = await read_own_stay(tx, actor, now, languages_of(None, accept_language))
            return json_answer(stay, headers={**_PRIVATE, "ETag": etag(stay.version)})

        writer = Writer(request, database, actor)
        answer = await writer.run(work)
        if writer.did_work:
            await _let_waiting_in(database, actor, freed, now)
        return answer


async def _let_waiting_in(database: Database, actor: Actor, freed: list[Freed], now: datetime) -> None:
    """Give the nights to who waits for a room, as the hotel; where that is cut short, the job of the event does it."""
    for each in freed:
        hotel = (each.business_id,)
        as_hotel = Actor(
            actor.omd_id, "system", hotel, hotel, "room_for_waiting", address=actor.address, request_id=actor.request_id
        )

        async def place(tx: Transaction, as_hotel: Actor = as_hotel, each: Freed = each) -> int:
            return await place_into(tx, as_hotel, each, now=now)

        await database.write(as_hotel, place)


async def _refuse(database: Database, mark: bytes, origin: Origin, now: datetime) -> NoReturn:
    """Keep the refusal for the audit, and raise it: in the same words whether there is such a stay or not."""
    async with database.transaction(None) as tx:
        await record(tx, "guest_sign_in", outcome=StayNotRecognised.code, email_mark=mark, origin=origin, now=now)
    raise StayNotRecognised("No stay has this code and this surname. Look at the confirmation, or ask the hotel.")


def _buckets(stay: str, address: str) -> tuple[list[Bucket], Bucket]:
    """Return where tries are counted: by address, by stay and address, and by stay, from wherever they come."""
    return [
        Bucket(f"guest-address:{address}", free=30, first_seconds=1, most_seconds=60),
        Bucket(f"guest-pair:{stay}:{address}", free=5, first_seconds=2, most_seconds=900),
    ], Bucket(f"guest-stay:{stay}", free=20, first_seconds=1, most_seconds=60)
