"""People: how they sign in, stay signed in, and leave."""

from omd.features.identity.people.commands import create_link
from omd.features.identity.people.events import record
from omd.features.identity.people.letters import link_letter
from omd.features.identity.people.model import Membership, Origin, Session, SessionRules, is_csrf_token, normal_email
from omd.features.identity.people.oidc import Provider, ProviderSettings
from omd.features.identity.people.passwords import Passwords
from omd.features.identity.people.purge import purge_access
from omd.features.identity.people.reception import Reception
from omd.features.identity.people.sessions import Sessions, SignedIn

__all__ = [
    "Membership",
    "Origin",
    "Passwords",
    "Provider",
    "ProviderSettings",
    "Reception",
    "Session",
    "SessionRules",
    "Sessions",
    "SignedIn",
    "create_link",
    "is_csrf_token",
    "link_letter",
    "normal_email",
    "purge_access",
    "record",
]
