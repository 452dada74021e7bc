"""What rates can refuse."""

from collections.abc import Callable

from omd.db import Violation
from omd.kernel.errors import FieldProblem, InvalidInput, OmdError


class RatePlanCycle(OmdError):
    """A plan would be derived from itself."""

    code = "rate_plan_cycle"
    status = 409
    title = "The plan would be derived from itself"


class RatePlanTooDeep(OmdError):
    """More than three derived plans would stand below one another."""

    code = "rate_plan_too_deep"
    status = 409
    title = "Too many derived plans below one another"


class RatePlanHasRates(OmdError):
    """The plan has rates or brackets of its own, which a derived plan has not, or which hang on its brackets."""

    code = "rate_plan_has_rates"
    status = 409
    title = "The plan has rates of its own"


class RatePlanHasDerived(OmdError):
    """Plans that are sold are derived from this one."""

    code = "rate_plan_has_derived"
    status = 409
    title = "Other plans are derived from it"


class RatePlanRetired(OmdError):
    """The plan is sold no more."""

    code = "rate_plan_retired"
    status = 409
    title = "The plan is retired"


class RateCodeTaken(OmdError):
    """Another plan, or another policy of the kind, has the code."""

    code = "rate_code_taken"
    status = 409
    title = "The code is taken"


class PricesNotPossible(InvalidInput):
    """A change of prices, restrictions or quotas cannot be made as it stands; nothing of it was."""

    code = "prices_not_possible"
    title = "The change cannot be made as it stands"

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        super().__init__("The change has problems, each of which is named; nothing of it was made.", problems=problems)


def _said(error: type[OmdError], what_next: str) -> Callable[[Violation], OmdError]:
    return lambda violation: error(f"{violation.message[:1].upper()}{violation.message[1:]}. {what_next}")


def _invalid(pointer: str, code: str, said: str) -> Callable[[Violation], OmdError]:
    return lambda _violation: InvalidInput(said, problems=(FieldProblem(pointer, code, said),))


CONSTRAINT_ERRORS: dict[str, Callable[[Violation], OmdError]] = {
    "rate_plans_no_cycle": _said(RatePlanCycle, "Choose another parent; nothing was changed."),
    "rate_plans_depth": _said(RatePlanTooDeep, "Derive it from a plan nearer to the root; nothing was changed."),
    "rate_plans_derived_has_no_rates": _said(
        RatePlanHasRates, "A derived plan has those of its parent: take its own away first; nothing was changed."
    ),
    "rates_of_roots_alone": _said(RatePlanHasRates, "Price the root plan instead; nothing was changed."),
    "rate_plan_brackets_in_use": _said(
        RatePlanHasRates,
        "Take the children's prices of nights to come away first, or add another plan; nothing was changed.",
    ),
    "rate_plans_has_derived": _said(RatePlanHasDerived, "Retire those first, or give them another parent."),
    "rate_plans_parent_is_sold": _said(RatePlanRetired, "Choose another parent; nothing was changed."),
    "rate_plans_code_unique": lambda _: RateCodeTaken(
        "A rate plan of this hotel has this code. Choose another code, or change the plan that has it."
    ),
    "rate_policies_code_unique": lambda _: RateCodeTaken(
        "A policy of this kind has this code. Add a version to it, or choose another code."
    ),
    "rate_plans_basis_of_parent": _invalid(
        "/basis", "basis_of_parent", "A derived plan prices by the person or by the room as its parent does."
    ),
    "rate_plan_brackets_apart": _invalid(
        "/brackets", "brackets_overlap", "Brackets stand from the youngest to the oldest, and none overlaps another."
    ),
}
