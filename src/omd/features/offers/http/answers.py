"""Says what was quoted as it goes over the wire."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Annotated

from litestar.params import HeaderParameter

from omd.features.offers.basis import OfferBasis, SoldPlan, SoldType
from omd.features.offers.ground import HotelGround
from omd.features.offers.http.payloads import (
    InsteadAnswer,
    NightAnswer,
    OfferAnswer,
    OffersAnswer,
    PartAnswer,
    PartyInsteadAnswer,
    PartyStayAnswer,
    PlanAnswer,
    PolicyAnswer,
    ReasonAnswer,
    RefusedAnswer,
    RoomAnswer,
    ShortageAnswer,
    SourceAnswer,
    SplitAnswer,
    StayAnswer,
    SupplementAnswer,
    TaxAnswer,
    TogetherAnswer,
    TypeAnswer,
)
from omd.features.offers.instead import Instead
from omd.features.offers.model import ON_TOP, VALID_FOR, Offer, OfferedPolicy
from omd.features.offers.quote import OfferQuestion, RefusedSale, RoomQuote
from omd.features.offers.sealing import seal
from omd.features.offers.together import PartyInstead, PartyStay, Together
from omd.features.rates import Reason, explain
from omd.infra.http import languages_wanted
from omd.infra.keyring import Keyring
from omd.kernel.errors import FieldProblem

AcceptLanguage = Annotated[
    str | None,
    HeaderParameter(name="Accept-Language", max_length=500, description="The languages of the policies' texts."),
]


def offers_answer(
    hotel: HotelGround,
    question: OfferQuestion,
    rooms: tuple[RoomAnswer, ...],
    languages: Sequence[str],
    together: TogetherAnswer | None = None,
) -> OffersAnswer:
    """Return the whole answer; policies are told in the first of the languages that they were written in."""
    basis, supply = hotel.ground.basis, hotel.ground.supply
    meant = [sale for sale in basis.sales if question.means(sale)]
    types = {sale.room_type.id for sale in meant}
    plans = {sale.plan.offered.id for sale in meant}
    shown = [plan for plan in basis.plans if plan.offered.id in plans]
    used = {
        policy
        for plan in shown
        for policy in (plan.offered.cancellation_policy_id, plan.offered.no_show_policy_id)
        if policy is not None
    }
    return OffersAnswer(
        arrival=question.dates.arrival,
        departure=question.dates.departure,
        currency=basis.currency,
        valid_until=question.now + VALID_FOR,
        rooms=rooms,
        together=together,
        room_types=tuple(
            _type(each, supply.least(each.id, question.dates)) for each in basis.room_types if each.id in types
        ),
        rate_plans=tuple(_plan(each) for each in shown),
        policies=tuple(_policy(each, languages) for each in hotel.policies if each.id in used),
    )


def languages_of(language: str | None, accept_language: str | None) -> list[str]:
    """Return the languages for texts, the best first: that asked for, those of the header, English."""
    preferred = [] if language is None else [language]
    return [*preferred, *languages_wanted(accept_language), "en"]


def unknown_plans(basis: OfferBasis, rate_plan_ids: Sequence[int]) -> Iterator[FieldProblem]:
    """Yield the plans asked for that the hotel does not sell."""
    plans = {each.offered.id for each in basis.plans}
    for at, each in enumerate(rate_plan_ids):
        if each not in plans:
            yield FieldProblem(f"/rate_plan_ids/{at}", "unknown_rate_plan", f"This hotel sells no rate plan {each}.")


def room_answer(quote: RoomQuote, instead: Instead | None, keyring: Keyring) -> RoomAnswer:
    """Return what was quoted for a room, its offers sealed."""
    return RoomAnswer(
        quote.party.adults,
        quote.party.children,
        tuple(_offer(each, keyring) for each in quote.offers),
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


def _offer(offer: Offer, keyring: Keyring) -> OfferAnswer:
    return OfferAnswer(
        id=str(offer.id),
        offer=seal(offer, keyring),
        room_type_id=offer.room_type_id,
        rate_plan_id=offer.plan.id,
        nights=tuple(_nights(offer)),
        supplements=tuple(
            SupplementAnswer(each.date, each.code, each.part, each.count, each.amount)
            for each in offer.charges
            if each.part in ON_TOP
        ),
        taxes_included=_taxes(offer, "included"),
        taxes_on_top=_taxes(offer, "on_top"),
        gross=offer.gross,
        on_top=offer.on_top,
        total=offer.total,
    )


def _nights(offer: Offer) -> Iterator[NightAnswer]:
    for night, charges in groupby(offer.charges, key=lambda each: each.date):
        parts = tuple(
            PartAnswer(each.part, each.code, each.count, each.amount) for each in charges if each.part not in ON_TOP
        )
        first, *others = (each.amount for each in parts)
        yield NightAnswer(night, sum(others, first), parts)


def _taxes(offer: Offer, placement: str) -> tuple[TaxAnswer, ...]:
    return tuple(
        TaxAnswer(each.date, each.code, each.name, each.base, each.amount)
        for each in offer.taxes
        if each.placement == placement
    )


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
