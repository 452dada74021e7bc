"""Signing in, and what people do about their own accounts, over HTTP."""

from litestar import Router

from omd.features.identity.http.cookies import CookieRules
from omd.features.identity.http.links import Invitations, PasswordResets
from omd.features.identity.http.me import Me
from omd.features.identity.http.oidc import ProviderSignIn
from omd.features.identity.http.people import People
from omd.features.identity.http.session import EndAll, OwnSession, SignIn

open_router = Router(path="", route_handlers=[SignIn, ProviderSignIn, PasswordResets, Invitations])
"""For everybody: whoever comes here is about to prove who they are."""

own_router = Router(path="", route_handlers=[OwnSession, EndAll, Me])
"""For whoever is signed in, about themselves."""

__all__ = ["CookieRules", "People", "open_router", "own_router"]
