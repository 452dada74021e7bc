"""Signing in, one's own account, staff, keys, service accounts, OAuth, consents and destinations over HTTP."""

from litestar import Router

from omd.features.identity.http.consents import DestinationConsents, HotelConsents
from omd.features.identity.http.cookies import CookieRules
from omd.features.identity.http.destinations import NewDestinations
from omd.features.identity.http.keys import HotelKeys, OmdKeys
from omd.features.identity.http.links import Invitations, PasswordResets
from omd.features.identity.http.me import Me
from omd.features.identity.http.oauth import router as oauth_router
from omd.features.identity.http.oidc import ProviderSignIn, SecondFactorDesk
from omd.features.identity.http.people import People
from omd.features.identity.http.service_accounts import HotelAccounts, OmdAccounts
from omd.features.identity.http.session import EndAll, OwnSession, SignIn
from omd.features.identity.http.staff import HotelStaff, OmdStaff, Owners

open_router = Router(
    path="",
    route_handlers=[SignIn, ProviderSignIn, SecondFactorDesk, PasswordResets, Invitations, oauth_router],
)
"""For everybody: whoever comes here is about to prove who they are."""

own_router = Router(path="", route_handlers=[OwnSession, EndAll, Me])
"""For whoever is signed in, about themselves."""

administration_router = Router(
    path="",
    route_handlers=[
        *(HotelKeys, OmdKeys, HotelAccounts, OmdAccounts),
        *(HotelStaff, OmdStaff, Owners, NewDestinations, HotelConsents, DestinationConsents),
    ],
)
"""For whoever administers a hotel, a destination or the platform."""

__all__ = ["CookieRules", "People", "administration_router", "open_router", "own_router"]
