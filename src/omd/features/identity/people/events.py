"""What happened at the way in, kept for the audit: who, what, from where, and how it ended."""

from datetime import datetime
from typing import Literal

from omd.db import Database, Transaction
from omd.features.identity.people import queries
from omd.features.identity.people.model import Origin
from omd.kernel.ids import OmdId

Kind = Literal[
    "sign_in",
    "provider_sign_in",
    "guest_sign_in",
    "sign_out",
    "sign_out_everywhere",
    "switch",
    "password_change",
    "password_reset_request",
    "password_reset",
    "invitation",
    "second_factor_begin",
    "second_factor_confirm",
    "second_factor_remove",
    "user_create",
    "user_invite",
    "user_enable",
    "user_disable",
]


async def record(
    tx: Transaction,
    kind: Kind,
    *,
    outcome: str = "ok",
    user_id: int | None = None,
    email_mark: bytes | None = None,
    omd_id: OmdId | None = None,
    origin: Origin,
    now: datetime,
) -> None:
    """Keep one event in the transaction of what it tells of; `outcome` is `ok` or the code of the refusal."""
    # For nobody as well: how long it takes must not tell whether there is somebody.
    await queries.open_person(tx, user_id or 0)
    await queries.add_event(
        tx,
        at=now,
        kind=kind,
        outcome=outcome,
        user_id=user_id,
        email_mark=email_mark,
        working_omd_id=omd_id,
        address=origin.address,
        request_id=origin.request_id,
    )


async def record_refusal(
    db: Database,
    kind: Kind,
    outcome: str,
    *,
    user_id: int | None,
    email_mark: bytes | None,
    origin: Origin,
    now: datetime,
) -> None:
    """Keep what was refused: the work is undone, so this has a transaction of its own."""
    async with db.transaction(None) as tx:
        await record(tx, kind, outcome=outcome, user_id=user_id, email_mark=email_mark, origin=origin, now=now)
