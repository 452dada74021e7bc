"""What is refused about limits."""

from omd.kernel.errors import InvalidInput, NotFound


class LimitNotCountable(InvalidInput):
    """The numbers of a limit are beyond what can be counted."""

    code = "limit_not_countable"
    title = "The limit cannot be counted"


class LimitNotFound(NotFound):
    """No such limit is set for this destination or hotel."""

    code = "limit_not_found"
    title = "There is no such limit"
