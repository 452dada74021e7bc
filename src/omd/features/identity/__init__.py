"""Who may come in: destinations, access tokens, and the actor behind a request."""

from omd.features.identity.access import (
    PrincipalResolver,
    resolve_token,
    system_actor,
    system_actor_within,
    system_scope,
)
from omd.features.identity.commands import create_token, put_omd, revoke_token
from omd.features.identity.errors import CONSTRAINT_ERRORS, HotelNotFound, OmdNotFound, TokenNotFound
from omd.features.identity.guest_passes import GuestPass, GuestPasses, is_guest_pass
from omd.features.identity.holder import Holder, holder_of_business, holder_of_omd
from omd.features.identity.machines.upkeep import purge_tokens
from omd.features.identity.model import AccessToken, NewToken, Omd
from omd.features.identity.people import (
    Origin,
    Passwords,
    Provider,
    ProviderSettings,
    Reception,
    SessionRules,
    Sessions,
    SignedIn,
    create_link,
    is_csrf_token,
    link_letter,
    normal_email,
    purge_access,
    record,
)
from omd.features.identity.people.errors import CsrfRefused, TooManyAttempts
from omd.features.identity.permissions import MAY_GIVE, REACH, ROLES, Action
from omd.features.identity.principal import Principal
from omd.features.identity.queries import find_omd_by_code, get_omd, list_omds, list_tokens
from omd.features.identity.staff.model import Invitation

__all__ = [
    "CONSTRAINT_ERRORS",
    "MAY_GIVE",
    "REACH",
    "ROLES",
    "AccessToken",
    "Action",
    "CsrfRefused",
    "GuestPass",
    "GuestPasses",
    "Holder",
    "HotelNotFound",
    "Invitation",
    "NewToken",
    "Omd",
    "OmdNotFound",
    "Origin",
    "Passwords",
    "Principal",
    "PrincipalResolver",
    "Provider",
    "ProviderSettings",
    "Reception",
    "SessionRules",
    "Sessions",
    "SignedIn",
    "TokenNotFound",
    "TooManyAttempts",
    "create_link",
    "create_token",
    "find_omd_by_code",
    "get_omd",
    "holder_of_business",
    "holder_of_omd",
    "is_csrf_token",
    "is_guest_pass",
    "link_letter",
    "list_omds",
    "list_tokens",
    "normal_email",
    "purge_access",
    "purge_tokens",
    "put_omd",
    "record",
    "resolve_token",
    "revoke_token",
    "system_actor",
    "system_actor_within",
    "system_scope",
]
