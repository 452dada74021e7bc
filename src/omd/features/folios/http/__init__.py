"""Bills over HTTP."""

from litestar import Router

from omd.features.folios.http.companies import Companies
from omd.features.folios.http.folios import BusinessFolios
from omd.features.folios.http.ledger import Ledger
from omd.features.folios.http.posting import FolioEntries
from omd.features.folios.http.stays import StayFolios

router = Router(path="", route_handlers=[StayFolios, BusinessFolios, FolioEntries, Companies, Ledger])

__all__ = ["router"]
