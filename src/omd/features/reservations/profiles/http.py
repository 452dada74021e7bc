"""Guest profiles over HTTP, and which of them a stay's guest is."""

from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Controller, Request, Response, Router, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter

from omd.db import Transaction
from omd.features.reservations.model import Reservation
from omd.features.reservations.profiles import commands, queries
from omd.features.reservations.profiles.model import (
    GuestProfile,
    Link,
    Merge,
    ProfileFacts,
    ProfileHistory,
    ProposedProfile,
    Sought,
)
from omd.features.reservations.profiles.queries import Cards
from omd.infra.http import (
    COMMON_PROBLEMS,
    NO_NUL,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    IfMatch,
    PageSize,
    PathId,
    PathUuid,
    Writer,
    etag,
    json_answer,
    require_version,
)


def _told(status: int, kind: Any, said: str) -> dict[int, ResponseSpec]:
    return {status: ResponseSpec(kind, description=said, generate_examples=False)} | COMMON_PROBLEMS


_PROFILE = _told(200, GuestProfile, "The profile; its version is the ETag.")


class GuestProfiles(Controller):
    """Who comes to a hotel again."""

    path = "/businesses/{business_id:int}/guest-profiles"
    tags = ("Guest profiles",)

    @get(operation_id="searchGuestProfiles", summary="Search guest profiles", responses=COMMON_PROBLEMS)
    async def search(
        self,
        business_id: PathId,
        actor: ActorDep,
        database: DatabaseDep,
        search: Annotated[
            str,
            QueryParameter(
                min_length=2, max_length=200, pattern=NO_NUL, description="How a name, an e-mail or a phone begins."
            ),
        ],
        limit: PageSize = 20,
    ) -> list[GuestProfile]:
        """Search by how the last or first name, the e-mail address or the phone begins, marks on letters aside."""
        cards = Cards(actor, actor.serves(business_id))
        async with database.reading(actor) as tx:
            return await queries.search_profiles(tx, cards, search, limit)

    @post(
        operation_id="createGuestProfile",
        summary="Add a guest profile",
        responses=_told(201, GuestProfile, "The profile is there."),
    )
    async def create(
        self,
        business_id: PathId,
        data: JSONBody[ProfileFacts],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Add a profile. Ask first whether the guest has one: nothing is merged by itself."""
        del idempotency_key
        cards = Cards(actor, actor.serves(business_id))
        make = partial(commands.add_profile, cards=cards, facts=data, now=clock.now())
        return await Writer(request, database, actor).run(_answering(make, HTTPStatus.CREATED))

    @post(
        "/proposals",
        operation_id="proposeGuestProfiles",
        summary="Ask who a guest may be",
        status_code=HTTPStatus.OK,
        responses=_told(200, list[ProposedProfile], "Who it may be, and by what."),
    )
    async def propose(
        self,
        business_id: PathId,
        data: JSONBody[Sought],
        actor: ActorDep,
        database: DatabaseDep,
        idempotency_key: IdempotencyKey = None,
    ) -> list[ProposedProfile]:
        """Name the profiles with this e-mail address, this phone, or this name and date of birth; link none of them."""
        del idempotency_key
        cards = Cards(actor, actor.serves(business_id))
        async with database.reading(actor) as tx:
            return await commands.propose(tx, cards, data)

    @get("/{profile_id:uuid}", operation_id="getGuestProfile", summary="Read a guest profile", responses=_PROFILE)
    async def read(
        self, business_id: PathId, profile_id: PathUuid, actor: ActorDep, database: DatabaseDep
    ) -> Response[GuestProfile]:
        """Read a profile; one that was merged says into which."""
        cards = Cards(actor, actor.serves(business_id))
        async with database.reading(actor) as tx:
            profile = await commands.get_profile(tx, cards, profile_id)
        return Response(profile, headers={"ETag": etag(profile.version)})

    @put("/{profile_id:uuid}", operation_id="changeGuestProfile", summary="Change a guest profile", responses=_PROFILE)
    async def change(
        self,
        business_id: PathId,
        profile_id: PathUuid,
        data: JSONBody[ProfileFacts],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
    ) -> Response[bytes]:
        """Write what is known of a guest anew; the stays that were keep what they say."""
        cards = Cards(actor, actor.serves(business_id))
        change = partial(
            commands.change_profile,
            cards=cards,
            profile_id=profile_id,
            facts=data,
            expected=lambda version: require_version(if_match, version),
            now=clock.now(),
        )
        return await Writer(request, database, actor).run(_answering(change))

    @get(
        "/{profile_id:uuid}/stays",
        operation_id="getGuestHistory",
        summary="Read the stays of a guest profile",
        responses=COMMON_PROBLEMS,
    )
    async def history(
        self, business_id: PathId, profile_id: PathUuid, actor: ActorDep, database: DatabaseDep, limit: PageSize = 100
    ) -> ProfileHistory:
        """Read which stays were the guest's, the latest first, with nights and what all of them were sold at."""
        cards = Cards(actor, actor.serves(business_id))
        async with database.reading(actor) as tx:
            return await commands.tell_history(tx, cards, profile_id, limit)

    @post(
        "/{profile_id:uuid}/merge",
        operation_id="mergeGuestProfiles",
        summary="Merge two guest profiles",
        status_code=HTTPStatus.OK,
        responses=_told(200, GuestProfile, "The profile that was kept."),
    )
    async def merge(
        self,
        business_id: PathId,
        profile_id: PathUuid,
        data: JSONBody[Merge],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Merge another profile into this one: its stays come here, and it stays as a pointer. It cannot be undone."""
        del idempotency_key
        cards = Cards(actor, actor.serves(business_id))
        merge = partial(commands.merge, cards=cards, kept_id=profile_id, wanted=data, now=clock.now())
        return await Writer(request, database, actor).run(_answering(merge))


class StayProfiles(Controller):
    """Who the guests of a stay are."""

    path = "/reservations/{reservation_id:uuid}/guest-profiles"
    tags = ("Guest profiles",)

    @post(
        operation_id="linkGuestProfile",
        summary="Say who a guest of a stay is",
        status_code=HTTPStatus.OK,
        responses=_told(200, Reservation, "The stay; its version is the ETag."),
    )
    async def link(
        self,
        reservation_id: PathUuid,
        data: JSONBody[Link],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Link a guest of a stay to a profile, or to a new one made of what the stay says of them."""
        del idempotency_key

        async def work(tx: Transaction) -> Answer:
            stay = await commands.link(
                *(tx, actor, reservation_id, data),
                expected=lambda version: require_version(if_match, version),
                now=clock.now(),
            )
            return json_answer(stay, headers={"ETag": etag(stay.version)})

        return await Writer(request, database, actor).run(work)


def _answering(
    work: Callable[[Transaction], Awaitable[GuestProfile]], status: int = HTTPStatus.OK
) -> Callable[[Transaction], Awaitable[Answer]]:
    async def run(tx: Transaction) -> Answer:
        profile = await work(tx)
        return json_answer(profile, status=status, headers={"ETag": etag(profile.version)})

    return run


router = Router(path="", route_handlers=[GuestProfiles, StayProfiles])
