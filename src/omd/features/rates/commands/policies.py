"""Policies: added, and replaced by a newer version; none is ever changed."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from omd.db import Transaction
from omd.features.rates import queries
from omd.features.rates.commands.ground import require_possible, tell
from omd.features.rates.errors import RateCodeTaken
from omd.features.rates.model import Fee, NewPolicy, Policy, PolicyKind, PolicyVersion
from omd.features.rates.queries import Hotel
from omd.kernel.actor import Actor
from omd.kernel.errors import FieldProblem, NotFound
from omd.kernel.ids import BusinessId


async def create_policy(
    tx: Transaction, actor: Actor, business_id: BusinessId, wanted: NewPolicy, *, now: datetime
) -> Policy:
    """Add a policy in its first version; raise `RateCodeTaken` for a code that another of its kind has."""
    await queries.lock_rates(tx, business_id)
    hotel = Hotel(actor.omd_id, business_id)
    require_possible(_problems(wanted.kind, wanted.fees))
    if await queries.find_newest_version(tx, hotel, wanted.kind, wanted.code):
        said = f"A policy of this kind has the code {wanted.code}. Add a version to it, or choose another code."
        raise RateCodeTaken(said, problems=(FieldProblem("/code", "taken", said),))
    said_as = PolicyVersion(wanted.name, wanted.fees, wanted.texts)
    return await _add(tx, actor, hotel, wanted.kind, wanted.code, 1, said_as, now)


async def replace_policy(
    tx: Transaction, actor: Actor, business_id: BusinessId, policy_id: int, wanted: PolicyVersion, *, now: datetime
) -> Policy:
    """Add a version of a policy; plans that are sold under an earlier one are sold under this one from now on.

    Stays keep the version they were sold under.
    """
    await queries.lock_rates(tx, business_id)
    hotel = Hotel(actor.omd_id, business_id)
    earlier = await queries.find_policy(tx, hotel, policy_id)
    if earlier is None:
        raise NotFound(f"This hotel has no policy {policy_id}.")
    require_possible(_problems(earlier.kind, wanted.fees))
    newest = await queries.find_newest_version(tx, hotel, earlier.kind, earlier.code)
    policy = await _add(tx, actor, hotel, earlier.kind, earlier.code, newest + 1, wanted, now)
    moved = await queries.follow_policy(tx, hotel, policy)
    if moved:
        await tell(tx, actor, business_id, "policy", plan_ids=moved)
    return policy


async def _add(
    tx: Transaction,
    actor: Actor,
    hotel: Hotel,
    kind: PolicyKind,
    code: str,
    version: int,
    said: PolicyVersion,
    now: datetime,
) -> Policy:
    added = await queries.add_policy(
        *(tx, hotel),
        kind=kind,
        code=code,
        version=version,
        name=said.name.strip(),
        fees=said.fees,
        texts=said.texts,
        now=now,
        actor=actor.label,
    )
    policy = await queries.find_policy(tx, hotel, added)
    assert policy is not None, "it was just added"
    return policy


def _problems(kind: PolicyKind, fees: Iterable[Fee]) -> Iterator[FieldProblem]:
    for index, fee in enumerate(fees):
        at = f"/fees/{index}"
        if fee.amount.startswith("-"):
            yield FieldProblem(f"{at}/amount", "negative_price", f"A fee of {fee.amount} lies below zero.")
        if kind == "no_show" and (index or fee.trigger != "arrival" or fee.hours):
            said = "Who does not come owes one fee, without a trigger or hours of its own."
            yield FieldProblem(at, "one_fee_of_no_show", said)
