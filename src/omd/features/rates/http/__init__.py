"""Rate plans, policies, prices, restrictions and quotas over HTTP."""

from litestar import Router

from omd.features.rates.http.calendars import Prices, Quotas, Restrictions
from omd.features.rates.http.plans import RatePlans
from omd.features.rates.http.policies import RatePolicies

router = Router(path="", route_handlers=[RatePlans, RatePolicies, Prices, Restrictions, Quotas])

__all__ = ["router"]
