"""What may be done to plans, policies and prices."""

from omd.features.rates.commands.adjusting import adjust_rates
from omd.features.rates.commands.plans import change_plan, create_plan, retire_plan
from omd.features.rates.commands.policies import create_policy, replace_policy
from omd.features.rates.commands.prices import set_rates
from omd.features.rates.commands.quotas import set_quotas
from omd.features.rates.commands.reading import read_rates
from omd.features.rates.commands.restrictions import set_restrictions

__all__ = [
    "adjust_rates",
    "change_plan",
    "create_plan",
    "create_policy",
    "read_rates",
    "replace_policy",
    "retire_plan",
    "set_quotas",
    "set_rates",
    "set_restrictions",
]
