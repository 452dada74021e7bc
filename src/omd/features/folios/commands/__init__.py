"""The use cases of bills."""

from omd.features.folios.commands.charging import charge_nights, charge_nights_of_stay, charge_stays, list_uncharged
from omd.features.folios.commands.companies import add_company, change_company, pay_for_company
from omd.features.folios.commands.dividing import rebate_charge, split_charge
from omd.features.folios.commands.moving import correct_entry, transfer_entry
from omd.features.folios.commands.opening import (
    change_folio,
    close_folio,
    find_clerk,
    lock_folio,
    no_folio,
    open_folio,
    put_routes,
    require_open,
)
from omd.features.folios.commands.posting import (
    bill_company,
    charge_folio,
    charge_stay,
    receive_deposit,
    receive_payment,
    refund,
    use_deposit,
)

__all__ = [
    "add_company",
    "bill_company",
    "change_company",
    "change_folio",
    "charge_folio",
    "charge_nights",
    "charge_nights_of_stay",
    "charge_stay",
    "charge_stays",
    "close_folio",
    "correct_entry",
    "find_clerk",
    "list_uncharged",
    "lock_folio",
    "no_folio",
    "open_folio",
    "pay_for_company",
    "put_routes",
    "rebate_charge",
    "receive_deposit",
    "receive_payment",
    "refund",
    "require_open",
    "split_charge",
    "transfer_entry",
    "use_deposit",
]
