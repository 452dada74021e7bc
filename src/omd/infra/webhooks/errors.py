"""What is refused to those who keep webhooks."""

from collections.abc import Callable

from omd.db import Violation
from omd.kernel.errors import FieldProblem, OmdError


class UrlNotPossible(OmdError):
    """Webhooks are not sent to such an address."""

    code = "url_not_possible"
    status = 422
    title = "Webhooks are not sent there"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, problems=(FieldProblem("/url", "not_possible", detail),))


class TooManyWebhooks(OmdError):
    """There are as many webhooks here as there may be."""

    code = "too_many_webhooks"
    status = 409
    title = "Too many webhooks"


class ReplayUnderWay(OmdError):
    """The webhook is being told of the past already."""

    code = "replay_under_way"
    status = 409
    title = "A replay is under way"


def _url_form(_violation: Violation) -> OmdError:
    return UrlNotPossible("Give an https:// address of at most 2,000 characters.")


CONSTRAINT_ERRORS: dict[str, Callable[[Violation], OmdError]] = {
    "webhook_subscriptions_url_form": _url_form,
}
