"""Registration over HTTP: what a hotel asks for, what a stay's forms lack, the forms as data and on paper."""

from typing import Annotated

import msgspec
from litestar import Controller, Response, Router, get, put
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from omd.db import Transaction
from omd.features.papers.drawing.registration import print_forms
from omd.features.papers.http import AcceptLanguage, AskedLanguage, PressDep, paper, printed, with_press
from omd.features.papers.registration import commands
from omd.features.papers.registration.model import (
    FIELDS,
    AskedField,
    RegistrationCheck,
    RegistrationForms,
    RegistrationRules,
    ResidenceRule,
)
from omd.features.papers.texts import chosen, speech
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    ClockDep,
    DatabaseDep,
    KeyringDep,
    PathId,
    PathUuid,
    languages_wanted,
)

_PRIVATE = {"Cache-Control": "no-store"}
Residence = Annotated[
    str,
    msgspec.Meta(pattern="^[A-Z]{2}$(?!\\n)", description="ISO 3166-1 alpha-2", extra_json_schema={"examples": ["RO"]}),
]


_EXAMPLE = [{"fields": [{"field": "last_name"}, {"field": "email", "required": False}]}]


class NewResidenceRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of guests who live in a country; without `residence`, of all who live elsewhere."""

    fields: Annotated[list[AskedField], msgspec.Meta(min_length=1, max_length=len(FIELDS))]
    residence: Residence | None = None


class NewRegistrationRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a hotel asks for, all of it; with `blocks_check_in` nobody checks in who lacks a required field.

    `series` numbers the forms without a gap, as Romania's serial forms are; without one they go by stay and guest.
    """

    rules: Annotated[
        list[NewResidenceRule],
        msgspec.Meta(min_length=1, max_length=50, extra_json_schema={"examples": [_EXAMPLE]}),
    ]
    blocks_check_in: bool = False
    series: (
        Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]{1,10}$(?!\\n)", extra_json_schema={"examples": ["FA"]})] | None
    ) = None


class Rules(Controller):
    """What the registration form of a hotel has."""

    path = "/businesses/{business_id:int}/registration-rules"
    tags = ("Registration",)

    @get(operation_id="getRegistrationRules", summary="Read what a hotel asks guests for", responses=COMMON_PROBLEMS)
    async def read(self, business_id: PathId, actor: ActorDep, database: DatabaseDep) -> RegistrationRules:
        """Read the fields of the form by where guests live; those of Romania where the hotel said nothing."""
        async with database.reading(actor) as tx:
            return await commands.read_rules(tx, actor, actor.reads(business_id))

    @put(
        operation_id="setRegistrationRules",
        summary="Say what a hotel asks guests for",
        status_code=HTTP_200_OK,
        responses=COMMON_PROBLEMS,
    )
    async def set_rules(
        self, business_id: PathId, data: JSONBody[NewRegistrationRules], actor: ActorDep, database: DatabaseDep
    ) -> RegistrationRules:
        """Say which fields the form has, in which order, and which must be there; replaces all rules that were."""
        hotel = actor.serves(business_id)
        told = tuple(ResidenceRule(each.residence, tuple(each.fields)) for each in data.rules)
        wanted = RegistrationRules(told, data.blocks_check_in, is_default=False, series=data.series)

        async def work(tx: Transaction) -> RegistrationRules:
            return await commands.set_rules(tx, actor, hotel, wanted)

        return await database.write(actor, work)


class StayForms(Controller):
    """The registration forms of one stay."""

    path = "/reservations/{reservation_id:uuid}"
    tags = ("Registration",)

    @get(
        "/registration",
        operation_id="checkRegistration",
        summary="What the registration forms of a stay lack",
        responses=COMMON_PROBLEMS,
    )
    async def check(
        self, reservation_id: PathUuid, actor: ActorDep, database: DatabaseDep, clock: ClockDep
    ) -> RegistrationCheck:
        """Read which required fields each guest lacks, and how many persons are not named: to be asked at check-in."""
        async with database.reading(actor) as tx:
            return await commands.check_registration(tx, actor, reservation_id, clock.now())

    @get(
        "/registration-forms",
        operation_id="showRegistrationForms",
        summary="Read the registration forms of a stay",
        responses=COMMON_PROBLEMS,
    )
    async def show(
        self, reservation_id: PathUuid, actor: ActorDep, database: DatabaseDep, clock: ClockDep, keyring: KeyringDep
    ) -> Response[RegistrationForms]:
        """Read the forms, one a guest, document numbers in full; that they were read goes into the audit."""

        async def work(tx: Transaction) -> RegistrationForms:
            return await commands.show_forms(tx, actor, reservation_id, now=clock.now(), keyring=keyring)

        return Response(await database.write(actor, work), headers=_PRIVATE)

    @get(
        "/registration-forms/pdf",
        operation_id="printRegistrationForms",
        summary="Print the registration forms of a stay",
        responses=printed("The forms, one on each page."),
        media_type="application/pdf",
    )
    async def print_all(
        self,
        reservation_id: PathUuid,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        keyring: KeyringDep,
        press: PressDep,
        language: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response[bytes]:
        """Print the forms to be signed, with room for what is missing; that they were read goes into the audit."""
        now = clock.now()

        async def work(tx: Transaction) -> RegistrationForms:
            return await commands.show_forms(tx, actor, reservation_id, now=now, keyring=keyring)

        forms = await database.write(actor, work)
        spoken = chosen(language, languages_wanted(accept_language), "RO")
        made = await press.print(lambda: print_forms(forms, now, speech(spoken)))
        return paper(made, f"registration-{forms.code}", spoken)


router = Router(path="", route_handlers=[Rules, StayForms], dependencies=with_press())
