"""Photos of tickets over HTTP: sent as a file, drawn anew, shown to the hotel's staff alone."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID, uuid4

from litestar import Controller, Request, Response, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import QueryParameter

from omd.db import Transaction
from omd.features.maintenance import commands, photos
from omd.features.maintenance.model import TicketPhoto
from omd.features.maintenance.queries import Workshop
from omd.infra.darkroom import MEDIA_TYPE, MEDIA_TYPES, Darkroom
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    IfNoneMatch,
    PathId,
    PathUuid,
    UnsupportedMediaType,
    Writer,
    is_known,
    json_answer,
)
from omd.kernel.errors import FieldProblem

MAX_PHOTO_BYTES = 10_000_000
"""Largest file that is read; what says that it is larger is refused before any of it is."""

DarkroomDep = NamedDependency[Darkroom]
_SHOWN = {
    200: ResponseSpec(bytes, description="The picture.", media_type=MEDIA_TYPE, generate_examples=False),
    **COMMON_PROBLEMS,
}


@dataclass
class _PhotoOperation(Operation):
    def __post_init__(self) -> None:
        file = Schema(type=OpenAPIType.STRING, format="binary")  # type: ignore[arg-type]  # RFC 6838 names no format
        self.request_body = RequestBody(
            content={kind: OpenAPIMediaType(schema=file) for kind in MEDIA_TYPES}, required=True
        )


async def _darkroom(request: Request[Any, Any, Any], actor: ActorDep) -> Darkroom:  # noqa: ARG001 - who may not is told first
    darkroom: Darkroom = request.app.state.darkroom
    return darkroom


class TicketPhotos(Controller):
    """The photos of a ticket."""

    path = "/businesses/{business_id:int}/tickets/{ticket_id:uuid}/photos"
    tags = ("Maintenance",)

    @get(operation_id="listTicketPhotos", summary="List the photos of a ticket", responses=COMMON_PROBLEMS)
    async def list_all(
        self, business_id: PathId, ticket_id: PathUuid, actor: ActorDep, database: DatabaseDep, clock: ClockDep
    ) -> list[TicketPhoto]:
        """List the photos of a ticket, the first first; twelve at most."""
        workshop = Workshop(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await photos.list_photos(tx, workshop, ticket_id, clock.now())

    @post(
        operation_id="addTicketPhoto",
        summary="Add a photo to a ticket",
        operation_class=_PhotoOperation,
        request_max_body_size=MAX_PHOTO_BYTES,
        dependencies={"darkroom": Provide(_darkroom)},
        responses={
            201: ResponseSpec(TicketPhoto, description="The photo.", generate_examples=False),
            **COMMON_PROBLEMS,
        },
    )
    async def add(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        darkroom: DarkroomDep,
        id: Annotated[  # noqa: A002  # the query's name
            UUID | None, QueryParameter(description="The photo's id, made by the sender.")
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Add a JPEG, PNG or WebP of 10 MB at most. Sent again under the same `id` it is there once.

        It is drawn anew, upright and at most 1600 pixels long: where it was taken, and whatever else was in the
        file, is not kept.
        """
        del idempotency_key
        workshop = Workshop(actor, actor.serves(business_id))
        photo_id = id or uuid4()
        said = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
        if said not in MEDIA_TYPES:
            told = f"Send the picture itself as {', '.join(MEDIA_TYPES)}, and say so in Content-Type."
            raise UnsupportedMediaType(told, problems=(FieldProblem("Content-Type", "unsupported_media_type", told),))
        now = clock.now()
        async with database.reading(actor) as tx:
            # Before any of the file is read.
            await commands.require_allowed(tx, workshop, ticket_id, "add_photo", now)
        sent = await request.body()
        digest = photos.digest_of(sent)
        async with database.reading(actor) as tx:
            known = await photos.find_sent(tx, workshop, ticket_id, photo_id, digest)
        if known is not None:
            return Response(json_answer(known).body, status_code=HTTPStatus.CREATED, media_type="application/json")
        picture = await darkroom.develop(sent)

        async def work(tx: Transaction) -> Answer:
            added = await photos.add_photo(tx, workshop, ticket_id, photo_id, picture, digest, now=now)
            return json_answer(added, status=HTTPStatus.CREATED)

        return await Writer(request, database, actor).run(work)

    @get("/{photo_id:uuid}", operation_id="getTicketPhoto", summary="Show a photo", responses=_SHOWN)
    async def show(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        photo_id: PathUuid,
        actor: ActorDep,
        database: DatabaseDep,
        if_none_match: IfNoneMatch = None,
    ) -> Response[bytes]:
        """Show a photo of a ticket."""
        workshop = Workshop(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            image = await photos.read_photo(tx, workshop, ticket_id, photo_id, small=False)
        return _shown(image, f"photo-{photo_id}", if_none_match)

    @get(
        "/{photo_id:uuid}/thumbnail",
        operation_id="getTicketThumbnail",
        summary="Show a photo as a thumbnail",
        responses=_SHOWN,
    )
    async def show_small(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        photo_id: PathUuid,
        actor: ActorDep,
        database: DatabaseDep,
        if_none_match: IfNoneMatch = None,
    ) -> Response[bytes]:
        """Show a photo of a ticket, at most 320 pixels long."""
        workshop = Workshop(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            image = await photos.read_photo(tx, workshop, ticket_id, photo_id, small=True)
        return _shown(image, f"thumbnail-{photo_id}", if_none_match)

    @delete(
        "/{photo_id:uuid}",
        operation_id="removeTicketPhoto",
        summary="Take a photo off a ticket",
        status_code=HTTPStatus.NO_CONTENT,
        responses=COMMON_PROBLEMS,
    )
    async def remove(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        photo_id: PathUuid,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> None:
        """Take a photo off a ticket, for good; that it was there stays in the ticket's history."""
        workshop = Workshop(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> None:
            await photos.remove_photo(tx, workshop, ticket_id, photo_id, now=clock.now())

        await database.write(actor, work)


def _shown(image: bytes, name: str, if_none_match: str | None) -> Response[bytes]:
    """Return the answer that shows a picture, as a picture and nothing else; an id has one picture for good."""
    tag = f'"{name}"'
    headers = {
        "ETag": tag,
        "Content-Disposition": f'inline; filename="{name}.jpg"',
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    }
    if is_known(if_none_match, tag):
        return Response(b"", status_code=HTTPStatus.NOT_MODIFIED, headers=headers, media_type=MEDIA_TYPE)
    return Response(image, headers=headers, media_type=MEDIA_TYPE)
