"""People and their roles, as whoever administers them sees them."""

from datetime import datetime
from typing import Literal

import msgspec

from omd.features.identity.people.model import Language
from omd.features.identity.permissions import Role
from omd.kernel.ids import BusinessId


class Member(msgspec.Struct, frozen=True):
    """Somebody's role in a hotel, or in the destination; `id` is the membership's."""

    id: int
    user_id: int
    email: str
    name: str
    role: Role
    created_at: datetime
    created_by: str


class Consent(msgspec.Struct, frozen=True):
    """What a hotel lets its destination see beyond totals: `guests` opens its stays, to read. Over once revoked."""

    business_id: BusinessId
    what: Literal["guests"]
    granted_at: datetime
    granted_by: str
    revoked_at: datetime | None
    revoked_by: str | None


class NewPerson(msgspec.Struct, frozen=True):
    """Whom to invite: an e-mail in its normal spelling, a name, and the language to write in.

    Somebody who is known already keeps the name and language they chose.
    """

    email: str
    name: str
    language: Language


class Invitation(msgspec.Struct, frozen=True):
    """What goes to an invited person, and to nobody else: who holds the token chooses the password."""

    user_id: int
    email: str
    language: Language
    token: str
