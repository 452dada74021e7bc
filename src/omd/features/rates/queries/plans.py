"""Policies and rate plans, as they are kept."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.rates.model import (
    Basis,
    Bracket,
    Derivation,
    Fee,
    Guarantee,
    Meals,
    Policy,
    PolicyId,
    PolicyKind,
    RatePlan,
    RatePlanId,
    RestrictionField,
    Rounding,
    StatedTerms,
    Terms,
    ages_without_price,
)
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.rates")


class Hotel(msgspec.Struct, frozen=True):
    """Whose prices are meant."""

    omd_id: OmdId
    business_id: BusinessId


class PolicyRow(msgspec.Struct, frozen=True):
    """A version of a policy, as the database gives it."""

    id: PolicyId
    kind: PolicyKind
    code: str
    version: int
    name: str
    fees: str
    texts: str
    created_at: datetime
    created_by: str

    def read(self) -> Policy:
        """Return the version of the policy."""
        fees = msgspec.json.decode(self.fees, type=list[Fee])
        texts = msgspec.json.decode(self.texts, type=dict[str, str])
        said = (self.id, self.kind, self.code, self.version, self.name)
        return Policy(*said, fees, texts, self.created_at, self.created_by)


class RatePlanRow(msgspec.Struct, frozen=True):
    """A rate plan, as the database gives it."""

    id: RatePlanId
    code: str
    name: str
    meals: Meals
    basis: Basis
    guarantee: Guarantee
    cancellation_policy_id: PolicyId | None
    no_show_policy_id: PolicyId | None
    terms: str
    brackets: str
    parent_plan_id: RatePlanId | None
    factor: Decimal | None
    amount: Decimal | None
    rounding: Rounding | None
    rounding_step: Decimal | None
    inherits: list[RestrictionField]
    sold_from: date | None
    sold_until: date | None
    retired_at: datetime | None
    version: int

    def read(self) -> RatePlan:
        """Return the rate plan."""
        terms = msgspec.json.decode(self.terms, type=StatedTerms)
        brackets = msgspec.json.decode(self.brackets, type=list[Bracket])
        return RatePlan(
            id=self.id,
            code=self.code,
            name=self.name,
            meals=self.meals,
            basis=self.basis,
            guarantee=self.guarantee,
            cancellation_policy_id=self.cancellation_policy_id,
            no_show_policy_id=self.no_show_policy_id,
            terms=terms,
            brackets=brackets,
            derivation=self._derivation(),
            sold_from=self.sold_from,
            sold_until=self.sold_until,
            retired_at=self.retired_at,
            version=self.version,
            unpriced_ages=ages_without_price(brackets, terms.over(Terms())) if self.parent_plan_id is None else [],
        )

    def _derivation(self) -> Derivation | None:
        if self.parent_plan_id is None or self.factor is None or self.rounding is None:
            return None
        factor = format(self.factor.normalize(), "f")
        amounts = (str(self.amount), self.rounding, str(self.rounding_step))
        return Derivation(self.parent_plan_id, factor, *amounts, self.inherits)


class PricePlan(msgspec.Struct, frozen=True):
    """What a change of prices has to know of a plan."""

    id: RatePlanId
    code: str
    is_derived: bool
    is_retired: bool
    brackets: int


async def list_policies(tx: ReadTransaction, hotel: Hotel, after_id: int, page_size: int) -> list[Policy]:
    """Return policies of a hotel with all their versions, in the order of their ids."""
    named = {"omd_id": hotel.omd_id, "business_id": hotel.business_id}
    rows = await tx.many(_SQL["list_policies"], PolicyRow, **named, after_id=after_id, page_size=page_size)
    return [row.read() for row in rows]


async def find_policy(tx: ReadTransaction, hotel: Hotel, policy_id: int) -> Policy | None:
    """Return a version of a policy."""
    row = await tx.maybe(
        _SQL["find_policy"], PolicyRow, omd_id=hotel.omd_id, business_id=hotel.business_id, id=policy_id
    )
    return None if row is None else row.read()


async def find_newest_version(tx: ReadTransaction, hotel: Hotel, kind: PolicyKind, code: str) -> int:
    """Return the number of the newest version of a policy, 0 for one that is not there."""
    newest: int | None = await tx.value(
        _SQL["find_newest_version"], omd_id=hotel.omd_id, business_id=hotel.business_id, kind=kind, code=code
    )
    return newest or 0


async def add_policy(
    tx: Transaction,
    hotel: Hotel,
    *,
    kind: PolicyKind,
    code: str,
    version: int,
    name: str,
    fees: Sequence[Fee],
    texts: dict[str, str],
    now: datetime,
    actor: str,
) -> PolicyId:
    """Add a version of a policy and return its id."""
    added: int = await tx.value(
        _SQL["add_policy"],
        omd_id=hotel.omd_id,
        business_id=hotel.business_id,
        kind=kind,
        code=code,
        version=version,
        name=name,
        fees=as_json(fees),
        texts=as_json(texts),
        now=now,
        actor=actor,
    )
    return PolicyId(added)


async def follow_policy(tx: Transaction, hotel: Hotel, policy: Policy) -> list[RatePlanId]:
    """Give the plans that are sold under an earlier version of a policy this one; return their ids."""
    moved: list[RatePlanId] = await tx.value(
        _SQL["follow_policy"],
        omd_id=hotel.omd_id,
        business_id=hotel.business_id,
        kind=policy.kind,
        code=policy.code,
        id=policy.id,
    )
    return moved


async def list_plans(
    tx: ReadTransaction, hotel: Hotel, *, after_id: int, with_retired: bool, page_size: int
) -> list[RatePlan]:
    """Return rate plans of a hotel, in the order of their ids."""
    rows = await tx.many(
        _SQL["list_plans"],
        RatePlanRow,
        omd_id=hotel.omd_id,
        business_id=hotel.business_id,
        after_id=after_id,
        with_retired=with_retired,
        page_size=page_size,
    )
    return [row.read() for row in rows]


async def find_plan(tx: ReadTransaction, hotel: Hotel, plan_id: int) -> RatePlan | None:
    """Return a rate plan."""
    row = await tx.maybe(_SQL["find_plan"], RatePlanRow, omd_id=hotel.omd_id, business_id=hotel.business_id, id=plan_id)
    return None if row is None else row.read()


async def add_plan(tx: Transaction, hotel: Hotel, plan: RatePlan, now: datetime) -> RatePlanId:
    """Add a rate plan, with its brackets, and return its id; that of `plan` is not looked at."""
    added: int = await tx.value(
        _SQL["add_plan"],
        omd_id=hotel.omd_id,
        business_id=hotel.business_id,
        code=plan.code,
        basis=plan.basis,
        now=now,
        **_terms_of(plan),
    )
    await _add_brackets(tx, hotel, RatePlanId(added), plan.brackets)
    return RatePlanId(added)


async def change_plan(tx: Transaction, hotel: Hotel, plan: RatePlan, *, with_brackets: bool) -> None:
    """Give a rate plan the terms of `plan`; its brackets go first, so that it may become a derived one."""
    named = {"omd_id": hotel.omd_id, "business_id": hotel.business_id}
    if with_brackets:
        await tx.run(_SQL["delete_brackets"], **named, rate_plan_id=plan.id)
    await tx.run(_SQL["change_plan"], **named, id=plan.id, **_terms_of(plan))
    if with_brackets:
        await _add_brackets(tx, hotel, plan.id, plan.brackets)


async def retire_plan(tx: Transaction, hotel: Hotel, plan_id: RatePlanId, now: datetime) -> None:
    """Take a rate plan off sale for good."""
    await tx.run(_SQL["retire_plan"], omd_id=hotel.omd_id, business_id=hotel.business_id, id=plan_id, now=now)


async def list_price_plans(tx: ReadTransaction, hotel: Hotel) -> list[PricePlan]:
    """Return what a change of prices has to know of the hotel's plans."""
    return await tx.many(_SQL["list_price_plans"], PricePlan, omd_id=hotel.omd_id, business_id=hotel.business_id)


def _terms_of(plan: RatePlan) -> dict[str, object]:
    derived = plan.derivation
    return {
        "name": plan.name,
        "meals": plan.meals,
        "guarantee": plan.guarantee,
        "cancellation_policy_id": plan.cancellation_policy_id,
        "no_show_policy_id": plan.no_show_policy_id,
        "terms": as_json(plan.terms),
        "parent_plan_id": derived.parent_plan_id if derived else None,
        "factor": derived.factor if derived else None,
        "amount": derived.amount if derived else None,
        "rounding": derived.rounding if derived else None,
        "rounding_step": derived.step if derived else None,
        "inherits": sorted(set(derived.inherits)) if derived else [],
        "sold_from": plan.sold_from,
        "sold_until": plan.sold_until,
    }


async def _add_brackets(tx: Transaction, hotel: Hotel, plan_id: RatePlanId, brackets: Sequence[Bracket]) -> None:
    await tx.run(
        _SQL["add_brackets"],
        omd_id=hotel.omd_id,
        business_id=hotel.business_id,
        rate_plan_id=plan_id,
        from_ages=[each.from_age for each in brackets],
        until_ages=[each.until_age for each in brackets],
    )


def as_json(value: object) -> str:
    """Return a value as a statement is handed it."""
    return msgspec.json.encode(value).decode()
