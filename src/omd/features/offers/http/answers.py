"""Says what was quoted as it goes over the wire."""

from collections.abc import Iterator, Sequence

import msgspec
from litestar.status_codes import HTTP_200_OK
from litestar.types import ASGIApp

from omd.features.offers.basis import OfferBasis, SoldPlan, SoldType
from omd.features.offers.ground import HotelGround
from omd.features.offers.http.payloads import (
    InsteadAnswer,
    PartyInsteadAnswer,
    PartyStayAnswer,
    PlanAnswer,
    PolicyAnswer,
    ReasonAnswer,
    RefusedAnswer,
    ShortageAnswer,
    SourceAnswer,
    SplitAnswer,
    StayAnswer,
    TogetherAnswer,
    TypeAnswer,
)
from omd.features.offers.http.told import OffersTold, RoomTold, Teller
from omd.features.offers.instead import Instead
from omd.features.offers.model import VALID_FOR, Offer, OfferedPolicy
from omd.features.offers.nights import NightsOffer
from omd.features.offers.quote import OfferQuestion, RefusedSale, RoomQuote
from omd.features.offers.sealing import Head, Sealer
from omd.features.offers.together import PartyInstead, PartyStay, Together
from omd.features.offers.told import ToldNight
from omd.features.rates import Reason, explain
from omd.infra.http import EncodedAnswer, database_away
from omd.infra.keyring import Keyring
from omd.kernel.errors import FieldProblem

_encode = msgspec.json.Encoder().encode


def offers_answer(
    hotel: HotelGround,
    question: OfferQuestion,
    rooms: tuple[RoomTold, ...],
    languages: Sequence[str],
    together: TogetherAnswer | None = None,
    *,
    age: int = 0,
) -> ASGIApp:
    """Return the whole answer; policies are told in the first of the languages that they were written in.

    It is marked as what was known last where that is `age` seconds ago.
    """
    basis, supply = hotel.ground.basis, hotel.ground.supply
    meant = [sale for sale in basis.sales if question.means(sale)]
    types = {sale.room_type.id for sale in meant}
    plans = {sale.plan.offered.id for sale in meant}
    offered = [each for each in basis.room_types if each.id in types]
    shown = [plan for plan in basis.plans if plan.offered.id in plans]
    used = {
        policy
        for plan in shown
        for policy in (plan.offered.cancellation_policy_id, plan.offered.no_show_policy_id)
        if policy is not None
    }
    told = OffersTold(
        arrival=question.dates.arrival,
        departure=question.dates.departure,
        currency=basis.currency,
        valid_until=question.now + VALID_FOR,
        rooms=rooms,
        together=together,
        room_types=tuple(map(_type, offered, supply.least_of(offered, question.dates))),
        rate_plans=tuple(_plan(each) for each in shown),
        policies=tuple(_policy(each, languages) for each in hotel.policies if each.id in used),
    )
    marked = {"Age": str(age), "Cache-Status": f"omd; {database_away(age)}"} if age else {}
    return EncodedAnswer(HTTP_200_OK, marked, _encode(told))


def unknown_plans(basis: OfferBasis, rate_plan_ids: Sequence[int]) -> Iterator[FieldProblem]:
    """Yield the plans asked for that the hotel does not sell."""
    plans = {each.offered.id for each in basis.plans}
    for at, each in enumerate(rate_plan_ids):
        if each not in plans:
            yield FieldProblem(f"/rate_plan_ids/{at}", "unknown_rate_plan", f"This hotel sells no rate plan {each}.")


def room_answer(
    hotel: HotelGround,
    question: OfferQuestion,
    quote: RoomQuote[NightsOffer[ToldNight]],
    instead: Instead | None,
    keyring: Keyring,
) -> RoomTold:
    """Return what was quoted for a room, its offers sealed."""
    basis, stay, party = hotel.ground.basis, question.dates, quote.party
    head = Head(
        *(question.omd_id, basis.business_id, stay.arrival, stay.departure, party.adults, party.children),
        *(question.country, question.agency, hotel.ground.taxes.locality_id, basis.currency),
        *(question.now, question.now + VALID_FOR),
    )
    teller = Teller(Sealer(keyring, head), stay.dates())
    return RoomTold(
        party.adults,
        party.children,
        tuple(teller.tell(each) for each in quote.offers),
        tuple(_refused(each) for each in quote.refused),
        None if instead is None else _instead(instead),
    )


def together_answer(together: Together, instead: PartyInstead | None) -> TogetherAnswer:
    """Return whether all rooms can be had at once, and what would work instead."""
    return TogetherAnswer(
        together.possible,
        together.at_most,
        tuple(ShortageAnswer(each.room_type_ids, each.rooms, each.available) for each in together.short),
        None
        if instead is None
        else PartyInsteadAnswer(
            tuple(_party_stay(each) for each in instead.dates), tuple(_party_stay(each) for each in instead.types)
        ),
    )


def _party_stay(stay: PartyStay) -> PartyStayAnswer:
    return PartyStayAnswer(tuple(_stay(each) for each in stay.offers), stay.total)


def _refused(refused: RefusedSale) -> RefusedAnswer:
    sale = refused.sale
    return RefusedAnswer(
        sale.room_type.id, sale.plan.offered.id, tuple(reason_answer(each) for each in refused.reasons)
    )


def reason_answer(reason: Reason) -> ReasonAnswer:
    """Return a reason in words and in numbers."""
    source = SourceAnswer(reason.source.level, reason.source.name)
    return ReasonAnswer(reason.code, explain(reason), source, reason.on, reason.limit, reason.actual)


def _instead(instead: Instead) -> InsteadAnswer:
    return InsteadAnswer(
        tuple(_stay(each) for each in instead.dates),
        tuple(_stay(each) for each in instead.types),
        tuple(SplitAnswer((_stay(each.first), _stay(each.second)), each.total) for each in instead.splits),
    )


def _stay(offer: Offer) -> StayAnswer:
    return StayAnswer(offer.arrival, offer.departure, offer.room_type_id, offer.plan.id, offer.total)


def _type(kind: SoldType, available: int) -> TypeAnswer:
    takes = kind.occupancy
    return TypeAnswer(
        *(kind.id, kind.code, kind.name, takes.min_guests, takes.standard, takes.max_adults, takes.max_children),
        *(takes.max_guests, available),
    )


def _plan(plan: SoldPlan) -> PlanAnswer:
    said = plan.offered
    return PlanAnswer(
        *(said.id, said.code, said.name, said.meals, said.guarantee),
        *(said.cancellation_policy_id, said.no_show_policy_id),
    )


def _policy(policy: OfferedPolicy, languages: Sequence[str]) -> PolicyAnswer:
    language, text = policy.text(languages) or (None, None)
    return PolicyAnswer(
        *(policy.id, policy.kind, policy.code, policy.version, policy.name, policy.fees), language, text
    )
