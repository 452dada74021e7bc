"""What is refused to whoever assigns rooms."""

from omd.db import ConstraintErrors
from omd.kernel.errors import OmdError


class NothingToAssign(OmdError):
    """No stay of those days may be given another room: all are in house, locked, split, or there are none."""

    code = "nothing_to_assign"
    status = 409
    title = "There is nothing to assign"


class PlanOutdated(OmdError):
    """The world has changed since the plan was made; `data.changes` says what, by stay. Nothing was moved."""

    code = "assignment_plan_outdated"
    status = 409
    title = "The plan no longer fits"


class RoomsNotExchangeable(OmdError):
    """Some of the stays cannot go where somebody wants them; `data.changes` says why, by stay. Nothing was moved."""

    code = "rooms_not_exchangeable"
    status = 409
    title = "The stays cannot go there"


class PlanNotOpen(OmdError):
    """A plan is applied once, and only what was applied is undone; `data.status` says what became of it."""

    code = "assignment_plan_not_open"
    status = 409
    title = "The plan is not to be applied or undone"


class AssignmentBusy(OmdError):
    """Other plans are being made; ask again in a moment."""

    code = "assignment_busy"
    status = 503
    title = "Plans are being made"


CONSTRAINT_ERRORS: ConstraintErrors = {
    "assignment_plans_edges": lambda _: PlanNotOpen("Somebody else applied or undid this plan. Nothing was moved."),
}
