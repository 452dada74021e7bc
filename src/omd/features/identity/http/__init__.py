"""Keys, service accounts, OAuth, staff, consents and destinations over HTTP."""

from litestar import Router

from omd.features.identity.http.consents import DestinationConsents, HotelConsents
from omd.features.identity.http.destinations import NewDestinations
from omd.features.identity.http.keys import HotelKeys, OmdKeys
from omd.features.identity.http.oauth import router as oauth_router
from omd.features.identity.http.service_accounts import HotelAccounts, OmdAccounts
from omd.features.identity.http.staff import HotelStaff, Invitations, OmdStaff, Owners

router = Router(
    path="",
    route_handlers=[
        *(HotelKeys, OmdKeys, HotelAccounts, OmdAccounts),
        *(HotelStaff, OmdStaff, Owners, NewDestinations, HotelConsents, DestinationConsents),
    ],
)

__all__ = ["Invitations", "oauth_router", "router"]
