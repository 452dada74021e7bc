"""What a guest profile can be refused for."""

from collections.abc import Callable

from omd.db import Violation
from omd.kernel.errors import OmdError


class ProfileUnknown(OmdError):
    """The hotel has no such guest profile, or it was forgotten."""

    code = "profile_unknown"
    status = 422
    title = "Unknown guest profile"


class ProfileMerged(OmdError):
    """The guest profile was merged into another one, which `data.merged_into` names."""

    code = "profile_merged"
    status = 409
    title = "The guest profile was merged"


def merged(profile_id: object, survivor: object) -> ProfileMerged:
    """Return the refusal of a profile that points at another one."""
    said = f"Guest profile {profile_id} was merged into {survivor}. Use that one."
    return ProfileMerged(said, data={"merged_into": str(survivor)})


CONSTRAINT_ERRORS: dict[str, Callable[[Violation], OmdError]] = {
    "reservation_guests_profile_known": lambda v: ProfileUnknown(
        f"This hotel has no guest profile {v.detail}. Search for the guest, or leave profile_id out."
    ),
    "reservation_guests_profile_of_erased": lambda _: ProfileUnknown(
        "The guest was forgotten, and is nobody's profile any more. Nothing was linked."
    ),
    "reservation_guests_profile_merged": lambda v: ProfileMerged(
        f"{v.message[:1].upper()}{v.message[1:]}. Use that one.", data={"merged_into": v.detail}
    ),
}
"""What a breach of the constraints on profiles means to a caller."""
