"""What is refused to whoever charges or waives fees."""

from omd.db import ConstraintErrors
from omd.kernel.errors import OmdError


class FeeNotOwed(OmdError):
    """The stay owes no fee: it goes on, was sold without a policy, or ended while nothing was owed."""

    code = "fee_not_owed"
    status = 409
    title = "No fee is owed"


class FeeSettled(OmdError):
    """The fee was charged, or all of it waived; `data.entry_id` names the entry, where there is one."""

    code = "fee_settled"
    status = 409
    title = "The fee is settled"


CONSTRAINT_ERRORS: ConstraintErrors = {
    "stay_fees_kept": lambda _: FeeSettled("The fee was settled by somebody else meanwhile. Nothing was changed."),
}
