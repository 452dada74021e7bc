"""Who may come in: destinations, access tokens, and the actor behind a request."""

from omd.features.identity.access import (
    ActorResolver,
    resolve_actor,
    system_actor,
    system_actor_within,
    system_scope,
)
from omd.features.identity.commands import create_token, put_omd, revoke_token
from omd.features.identity.errors import CONSTRAINT_ERRORS, HotelNotFound, OmdNotFound, TokenNotFound
from omd.features.identity.model import AccessToken, NewToken, Omd
from omd.features.identity.queries import find_omd_by_code, get_omd, list_omds, list_tokens

__all__ = [
    "CONSTRAINT_ERRORS",
    "AccessToken",
    "ActorResolver",
    "HotelNotFound",
    "NewToken",
    "Omd",
    "OmdNotFound",
    "TokenNotFound",
    "create_token",
    "find_omd_by_code",
    "get_omd",
    "list_omds",
    "list_tokens",
    "put_omd",
    "resolve_actor",
    "revoke_token",
    "system_actor",
    "system_actor_within",
    "system_scope",
]
