"""The pass of a guest who showed the code of a stay and a surname: what it says is sealed into it, nothing is kept.

It needs neither Redis nor a table, and ends by itself; what it opens, row security decides at every request.
"""

import base64
import binascii
from datetime import datetime, timedelta

import msgspec

from omd.features.identity.permissions import ROLES
from omd.features.identity.principal import Grant, Principal
from omd.infra.keyring import Keyring, SecretUnreadable
from omd.kernel.clock import Clock
from omd.kernel.ids import BusinessId, OmdId

PASS_LASTS = timedelta(minutes=30)
_PREFIX = "guest_"
_CONTEXT = "guest pass"
_LONGEST = 1000


class _Sealed(msgspec.Struct, frozen=True, array_like=True):
    omd_id: OmdId
    business_id: BusinessId
    stay_code: str
    ends_at: datetime


class GuestPass(msgspec.Struct, frozen=True):
    """A pass as it is handed out, good until an instant."""

    token: str
    ends_at: datetime


class GuestPasses:
    """Issues passes and reads them, under the platform's secret keys."""

    def __init__(self, keyring: Keyring, *, clock: Clock) -> None:
        self._keyring = keyring
        self._clock = clock

    def issue(self, omd_id: OmdId, business_id: BusinessId, stay_code: str) -> GuestPass:
        """Return a pass for one stay of a hotel, good for half an hour."""
        ends_at = self._clock.now() + PASS_LASTS
        sealed = self._keyring.encrypt(msgspec.json.encode(_Sealed(omd_id, business_id, stay_code, ends_at)), _CONTEXT)
        return GuestPass(_PREFIX + base64.urlsafe_b64encode(sealed).decode().rstrip("="), ends_at)

    def resolve(self, token: str) -> Principal | None:
        """Return the guest who holds the pass, None when it is none of ours, was changed, or is over."""
        said = self._unsealed(token)
        # A clock that was set back must not keep a pass alive for longer than it was to be.
        if said is None or not timedelta(0) < said.ends_at - self._clock.now() <= PASS_LASTS:
            return None
        grant = Grant(said.business_id, ROLES["guest"], "guest")
        return Principal(f"guest:{said.stay_code}", said.omd_id, (grant,), stay_code=said.stay_code)

    def _unsealed(self, token: str) -> _Sealed | None:
        text = token.removeprefix(_PREFIX)
        if not is_guest_pass(token) or len(text) > _LONGEST:
            return None
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            return msgspec.json.decode(self._keyring.decrypt(sealed, _CONTEXT), type=_Sealed)
        except (binascii.Error, ValueError, SecretUnreadable):
            return None


def is_guest_pass(token: str) -> bool:
    """Say whether a bearer token is meant to be a guest's pass."""
    return token.startswith(_PREFIX)
