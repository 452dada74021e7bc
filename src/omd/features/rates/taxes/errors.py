"""What is refused to whoever keeps taxes."""

from collections.abc import Callable

from omd.db import ConstraintErrors, Violation
from omd.kernel.errors import InvalidInput, OmdError


class LocalityTaken(OmdError):
    """Another locality of the destination has this code."""

    code = "locality_taken"
    status = 409
    title = "The code is taken"


class TaxRulesOverlap(OmdError):
    """A rule of the same code holds there on some of the days."""

    code = "tax_rules_overlap"
    status = 409
    title = "Another rule holds on these days"


class TaxRuleBegun(OmdError):
    """The rule has begun: nights were reckoned with it."""

    code = "tax_rule_begun"
    status = 409
    title = "The rule has begun"


class TooManyTaxRules(OmdError):
    """A hotel, a locality or a destination keeps 200 rules at most."""

    code = "too_many_tax_rules"
    status = 409
    title = "Too many rules"


def begun(code: str) -> TaxRuleBegun:
    """Return the refusal to rewrite a rule that has begun."""
    return TaxRuleBegun(
        f"Past nights were reckoned with the rule {code}, so of it `until` alone may be changed, to today or later: "
        "end it, and add another one from that day on. Nothing was changed."
    )


def _overlap(violation: Violation) -> OmdError:
    return TaxRulesOverlap(
        f"Two rules of one code never hold in one place on the same day: {violation.message}. End that one first, or "
        "begin this one when it ends. Nothing was changed."
    )


def _invalid(said: str) -> Callable[[Violation], OmdError]:
    return lambda _violation: InvalidInput(f"{said} Nothing was changed.")


def _no_locality(_violation: Violation) -> OmdError:
    return InvalidInput("There is no such locality in this destination. Nothing was changed.")


CONSTRAINT_ERRORS: ConstraintErrors = {
    "localities_code_unique": lambda _: LocalityTaken(
        "A locality of this destination has the code already. Nothing was changed."
    ),
    "localities_code_form": _invalid("A locality's code has 1 to 40 letters, digits and . _ / -."),
    "localities_name_given": _invalid("A locality's name has 1 to 200 characters."),
    "business_localities_locality_fkey": _no_locality,
    "tax_rules_locality_fkey": _no_locality,
    "tax_rules_apart": _overlap,
    "tax_rules_begun": lambda _: begun("that was named"),
    "tax_rules_past_days": lambda _: begun("that was named"),
    "tax_rules_so_many": lambda _: TooManyTaxRules(
        "This place has 200 rules, which is the most there may be. Change or delete one that has not begun."
    ),
}
