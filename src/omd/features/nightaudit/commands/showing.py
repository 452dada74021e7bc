"""What an audit did, what it waits for, and what the next one would do."""

from datetime import date

from omd.db import ReadTransaction
from omd.features.folios import Clerk, NightsWithoutPrice, list_uncharged
from omd.features.nightaudit import queries
from omd.features.nightaudit.commands.dating import find_hotel, find_settings
from omd.features.nightaudit.model import DAY, Decision, DueStay, NightAuditShown, Preview, UnpricedStay, may_start_at
from omd.features.nightaudit.queries import Hotel
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.errors import NotFound

MOST_SHOWN = 500
_ALL = 100_000


async def show_audit(tx: ReadTransaction, hotel: Hotel, business_date: date) -> NightAuditShown:
    """Return the audit of a date with its steps and the decisions it waits for; raise `NotFound`."""
    audit = await queries.find_audit(tx, hotel, business_date)
    if audit is None:
        raise NotFound(f"There is no night audit of {business_date}.")
    steps = await queries.list_steps(tx, hotel, business_date)
    decisions = [] if audit.status == "succeeded" else await list_decisions(tx, hotel, business_date)
    return NightAuditShown(audit, tuple(each.read() for each in steps), tuple(decisions))


async def list_decisions(tx: ReadTransaction, hotel: Hotel, business_date: date) -> list[Decision]:
    """Return whom an audit leaves to people: 500 at most who were to leave, as many who have nights without a price."""
    steps = await queries.list_steps(tx, hotel, business_date)
    refused = {each.reservation_id: each.code for step in steps for each in step.read_refused()}
    settings = await find_settings(tx, hotel)
    due = await queries.list_due_outs(tx, hotel, business_date, MOST_SHOWN)
    unpriced = await queries.list_unpriced(tx, hotel, business_date, MOST_SHOWN)
    return [
        *(Decision(each, refused.get(each.id)) for each in due if settings.due_outs == "decide" or each.id in refused),
        *(Decision(_due(each), NightsWithoutPrice.code, each.nights) for each in unpriced),
    ]


def _due(stay: UnpricedStay) -> DueStay:
    return DueStay(*(getattr(stay, name) for name in DueStay.__struct_fields__))


async def preview_next(tx: ReadTransaction, actor: Actor, hotel: Hotel, clock: Clock) -> Preview:
    """Return what closing the date that a hotel works on would do now; raise `NotFound`."""
    business = await find_hotel(tx, hotel)
    today = business.date_now(clock)
    clerk = Clerk(actor, hotel.business_id, clock.now())
    return Preview(
        business_date=today,
        may_start_at=may_start_at(today, business.time_zone),
        settings=await find_settings(tx, hotel),
        holds=tuple(await queries.list_holds_due(tx, hotel, today, MOST_SHOWN)),
        arrivals=tuple(await queries.list_arrivals_due(tx, hotel, today, MOST_SHOWN)),
        due_outs=tuple(await queries.list_due_outs(tx, hotel, today, MOST_SHOWN)),
        stays_to_charge=len(await list_uncharged(tx, clerk, today + DAY, _ALL)),
        unpriced=await queries.count_unpriced(tx, hotel, today),
    )
