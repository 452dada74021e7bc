"""What is refused to those who administer people and consents."""

from collections.abc import Callable

from omd.db import Violation
from omd.kernel.errors import InvalidInput, NotAllowed, OmdError


class RoleAbove(NotAllowed):
    """The role is above what the caller's own role gives or takes."""

    code = "role_above"
    title = "The role is above your own"


class LastOfRole(OmdError):
    """A hotel keeps an owner, a destination an administrator."""

    code = "last_of_role"
    status = 409
    title = "Somebody has to stay"


class HotelHasOwner(OmdError):
    """The destination invites a hotel's first owner; the others come by the owner."""

    code = "hotel_has_owner"
    status = 409
    title = "The hotel has an owner"


class RoleHeld(OmdError):
    """The person has that role there already."""

    code = "role_held"
    status = 409
    title = "The person has the role already"


class MembershipEnded(OmdError):
    """The membership is over."""

    code = "membership_ended"
    status = 409
    title = "The membership is over"


class OmdTaken(OmdError):
    """Another destination has this code."""

    code = "omd_taken"
    status = 409
    title = "The code is taken"


CONSTRAINT_ERRORS: dict[str, Callable[[Violation], OmdError]] = {
    "memberships_role_above": lambda _: RoleAbove(
        "This role is not yours to give or to take: only owners make owners. Ask one of them. Nothing was done."
    ),
    "memberships_last_of_role": lambda _: LastOfRole(
        "This is the last owner of the hotel, or the last administrator of the destination. Invite another one first."
    ),
    "memberships_first_owner": lambda _: HotelHasOwner(
        "The hotel has an owner, who invites its people. Ask them. Nothing was done."
    ),
    "memberships_once": lambda _: RoleHeld(
        "The person has this role there already. Nothing was done. Who lost the letter gets another link by "
        "`POST /api/v1/password-resets`."
    ),
    "memberships_stay_ended": lambda _: MembershipEnded("The membership is over. Invite the person again."),
    "users_email_form": lambda _: InvalidInput("This is no e-mail address, such as ana@example.com. Nothing was done."),
    "users_name_given": lambda _: InvalidInput("A person's name has 1 to 200 characters and is not blank."),
    "omds_code_form": lambda _: InvalidInput("A destination's code has 1 to 40 letters, digits and . _ / -."),
}
