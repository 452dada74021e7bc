"""What a hotel holds about a guest: shown in full, handed out whole, or forgotten."""

import base64
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.audit import DEFAULT_DAYS, record_disclosure
from omd.features.reservations import guest_queries, queries
from omd.features.reservations.documents import Documents
from omd.features.reservations.errors import ErasureRefused
from omd.features.reservations.model import DocumentType, ShortText
from omd.features.reservations.profiles import queries as profile_queries
from omd.features.reservations.profiles.queries import Cards
from omd.features.reservations.waiting_list import queries as waiting_queries
from omd.features.reservations.waiting_list.queries import Queue
from omd.infra.keyring import Keyring
from omd.kernel.actor import Actor
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound
from omd.kernel.ids import BusinessId

_IN_THE_WAY = {
    "stay_not_over": "is not over",
    "kept_by_law": "must be kept for as long as the law asks",
}


class GuestSought(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which guest is meant: by e-mail address, or by last name and the code of a stay."""

    email: ShortText | None = None
    code: ShortText | None = None
    last_name: ShortText | None = None
    first_name: ShortText | None = None


class GuestDocument(msgspec.Struct, frozen=True):
    """A guest's identity document, its number in full."""

    first_name: str | None
    last_name: str
    date_of_birth: date | None
    document_type: DocumentType | None
    document_country: str | None
    document_number: str | None


class HeldAboutGuest(msgspec.Struct, frozen=True):
    """Everything a hotel holds about a guest, as its tables hold it, document numbers in full.

    Of a stay shared with others, only the guest's own row is in `guests`. `changes` are the entries of the audit.
    """

    exported_at: datetime
    business_id: int
    guests: list[dict[str, Any]]
    profiles: list[dict[str, Any]]
    reservations: list[dict[str, Any]]
    waiting_list: list[dict[str, Any]]
    events: list[dict[str, Any]]
    changes: list[dict[str, Any]]


class Erased(msgspec.Struct, frozen=True):
    """What an erasure did, and how many rows were redacted.

    `erasure_id` is its number on record, None where only profiles or entries of the waiting list went.
    """

    erasure_id: int | None
    guests: int
    profiles: int
    waiting_list: int
    reservations: list[UUID]
    audit_entries: int
    events: int
    answers: int


async def show_documents(
    tx: Transaction, actor: Actor, reservation_id: UUID, *, keyring: Keyring | None
) -> list[GuestDocument]:
    """Return the identity documents of a stay's guests in full, on record; raise `NotFound`, `SecretUnreadable`."""
    key = await queries.find_stay_key(tx, actor, reservation_id)
    if key is None:
        raise NotFound(f"There is no reservation {reservation_id}.")
    hotel = BusinessId(key.business_id)
    documents = Documents(keyring, actor.omd_id, hotel)
    rows = await guest_queries.show_documents(tx, actor.omd_id, hotel, reservation_id)
    await record_disclosure(
        tx,
        actor,
        hotel,
        thing="reservation_guests",
        row_key=str(reservation_id),
        action="read",
        said={"documents": sum(row.document_number is not None for row in rows)},
    )
    return [
        GuestDocument(
            first_name=row.first_name,
            last_name=row.last_name,
            date_of_birth=row.date_of_birth,
            document_type=row.document_type,  # type: ignore[arg-type]  # a check constraint holds the types
            document_country=row.document_country,
            document_number=None if row.document_number is None else documents.open(row.document_number),
        )
        for row in rows
    ]


async def export_guest(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    sought: GuestSought,
    *,
    now: datetime,
    keyring: Keyring | None,
) -> HeldAboutGuest:
    """Return everything the hotel holds about a guest, on record; raise `InvalidInput`, `NotFound` for nobody."""
    found, profiles, waited = await _find(tx, actor, business_id, sought, now)
    held = await guest_queries.export_guests(tx, actor.omd_id, business_id, [guest.id for guest in found])
    documents = Documents(keyring, actor.omd_id, business_id)
    guests = _decoded(held.guests)
    for guest in guests:
        if guest["document_number"] is not None:
            guest["document_number"] = documents.open(base64.b64decode(guest["document_number"]))
    reservations = _decoded(held.reservations)
    await record_disclosure(
        tx,
        actor,
        business_id,
        thing="reservation_guests",
        row_key=",".join(sorted({str(guest.reservation_id) for guest in found})[:20]),
        action="export",
        said={"guests": len(guests), "reservations": len(reservations)},
    )
    kept = _decoded(await profile_queries.export_profiles(tx, Cards(actor, business_id), profiles))
    waiting = _decoded(await waiting_queries.export_entries(tx, Queue(actor, business_id), waited))
    events, changes = _decoded(held.events), _decoded(held.changes)
    return HeldAboutGuest(now, business_id, guests, kept, reservations, waiting, events, changes)


async def erase_guest(
    tx: Transaction, actor: Actor, business_id: BusinessId, sought: GuestSought, *, now: datetime
) -> Erased:
    """Forget a guest in every stay of the hotel, and return what was done; money, dates, nights and country stay.

    Whoever is forgotten waits no more either.

    Raises `InvalidInput`, `NotFound` for nobody, and `ErasureRefused` naming the stays that are not over or that
    the law asks to be kept; then nothing is erased.
    """
    queue = Queue(actor, business_id)
    found, _, waited = await _find(tx, actor, business_id, sought, now)
    # Before the stays: who promotes an entry holds it, and may want to move them.
    await waiting_queries.lock_entries(tx, queue, waited)
    for stay in sorted({guest.reservation_id for guest in found}):
        await queries.lock_stay_key(tx, actor, stay)
    # Who was at it may have changed the guests: under the locks they are looked for once more.
    found, profiles, waited = await _find(tx, actor, business_id, sought, now)
    _require_over(found)
    done = guest_queries.ErasureOutcome("erased", None, 0, 0, 0, 0)
    if found:
        done = await guest_queries.erase_guests(
            tx, actor.omd_id, business_id, [guest.id for guest in found], cause="request", now=now
        )
    if done.outcome != "erased":
        raise ErasureRefused("The guest's stays changed meanwhile and nothing was erased. Try again.")
    forgotten = await profile_queries.erase_profiles(tx, Cards(actor, business_id), profiles, cause="request", now=now)
    taken_off = await waiting_queries.erase_waiting(tx, queue, waited, cause="request", now=now)
    return Erased(
        erasure_id=done.erasure_id,
        guests=done.guests,
        profiles=forgotten,
        waiting_list=taken_off,
        reservations=sorted({guest.reservation_id for guest in found}),
        audit_entries=done.audit_entries or 0,
        events=done.events or 0,
        answers=done.answers or 0,
    )


def _require_over(found: Sequence[guest_queries.FoundGuest]) -> None:
    stays = {guest.code: guest for guest in found if guest.refusal is not None}
    if not stays:
        return
    said = "; ".join(
        f"{code} {_IN_THE_WAY[guest.refusal or '']}"
        + (f", until {guest.kept_until}" if guest.refusal == "kept_by_law" else "")
        for code, guest in stays.items()
    )
    raise ErasureRefused(
        f"Nothing was erased: {said}. Erase when these stays are over and may go.",
        data={
            "stays": [
                {"code": code, "reason_code": guest.refusal, "kept_until": guest.kept_until}
                for code, guest in stays.items()
            ]
        },
    )


async def _find(
    tx: Transaction, actor: Actor, business_id: BusinessId, sought: GuestSought, now: datetime
) -> tuple[list[guest_queries.FoundGuest], list[UUID], list[UUID]]:
    """Return the guests meant, their profiles, and their entries of the waiting list; raise `NotFound` for none."""
    if not sought.email and not (sought.code and sought.last_name):
        said = "Say which guest: by email, or by code and last_name of a stay."
        raise InvalidInput(said, problems=(FieldProblem("/email", "missing", said),))
    found = await guest_queries.find_guests(
        tx,
        omd_id=actor.omd_id,
        business_id=business_id,
        email=sought.email or None,
        code=sought.code,
        last_name=sought.last_name,
        first_name=sought.first_name,
        minimum_days=DEFAULT_DAYS["guest_minimum"],
        now=now,
    )
    ids, email = [guest.id for guest in found], sought.email or None
    profiles = await profile_queries.find_profiles_of(tx, Cards(actor, business_id), ids, email)
    waited = await waiting_queries.find_entries_of(tx, Queue(actor, business_id), ids, email)
    if not found and not profiles and not waited:
        raise NotFound("This hotel holds nothing of such a guest. Check the e-mail address, or the code and name.")
    return found, profiles, waited


def _decoded(text: str) -> list[dict[str, Any]]:
    return msgspec.json.decode(text, type=list[dict[str, Any]])
