"""What is refused to those who handle keys and service accounts."""

from collections.abc import Callable

from omd.db import Violation
from omd.kernel.errors import InvalidInput, OmdError


class KeyEnded(OmdError):
    """The key is revoked, expired or replaced already."""

    code = "key_ended"
    status = 409
    title = "The key is over"


class ServiceAccountDisabled(OmdError):
    """The service account is disabled, and stays so."""

    code = "service_account_disabled"
    status = 409
    title = "The service account is disabled"


def _ended(_violation: Violation) -> OmdError:
    return KeyEnded("The key ended or was replaced at the same moment. List the keys to see the ones there are.")


def _beyond_account(_violation: Violation) -> OmdError:
    return ServiceAccountDisabled(
        "The service account was disabled or lost these scopes at the same moment. Read it again. Nothing was done."
    )


def _name_not_given(_violation: Violation) -> OmdError:
    return InvalidInput("A name has 1 to 200 characters and is not blank. Give another name.")


CONSTRAINT_ERRORS: dict[str, Callable[[Violation], OmdError]] = {
    "access_tokens_one_way": _ended,
    "access_tokens_one_successor": _ended,
    "access_tokens_within_key": _ended,
    "access_tokens_within_account": _beyond_account,
    "service_accounts_stay_disabled": _beyond_account,
    "service_accounts_name_given": _name_not_given,
}
