"""What is posted on a bill, moved to another, and taken back."""

from decimal import Decimal
from functools import partial

from litestar import Controller, Response, post
from litestar.params import JSONBody

from omd.features.folios import commands
from omd.features.folios.http.desk import AT_DESK, DeskDep, told
from omd.features.folios.model import Posted
from omd.features.folios.payloads import (
    Correction,
    DepositUse,
    HouseTransfer,
    NewBilling,
    NewCharge,
    NewPayment,
    NewRefund,
    Rebate,
    Split,
    Transfer,
)
from omd.infra.http import PathUuid

_post = partial(post, responses=told(201, Posted, "The entry is posted; the folio as it is now."))
_SAID = {"cash": "Cash", "card": "Card", "bank": "Bank transfer"}


class FolioEntries(Controller):
    """The ledger's entries on one folio; nothing is ever changed, what follows an entry moves it or takes it back."""

    path = "/businesses/{business_id:int}/folios/{folio_id:uuid}"
    tags = ("Folios",)
    dependencies = AT_DESK

    @_post("/charges", operation_id="chargeFolio", summary="Charge a folio")
    async def charge(self, folio_id: PathUuid, data: JSONBody[NewCharge], desk: DeskDep) -> Response[bytes]:
        """Post a charge on this folio, whatever the stay's routes say; taxes are reckoned by the rules of the day."""
        return await desk.make(
            lambda tx, clerk: commands.charge_folio(tx, clerk, folio_id, data.kind, Decimal(data.amount), data.text)
        )

    @_post("/payments", operation_id="payFolio", summary="Post a payment")
    async def pay(self, folio_id: PathUuid, data: JSONBody[NewPayment], desk: DeskDep) -> Response[bytes]:
        """Post money that was received for what is owed; what is above it is to be given back."""
        text = data.text or _SAID[data.method]
        return await desk.make(
            lambda tx, clerk: commands.receive_payment(tx, clerk, folio_id, data.method, Decimal(data.amount), text)
        )

    @_post("/deposits", operation_id="receiveDeposit", summary="Post a deposit")
    async def deposit(self, folio_id: PathUuid, data: JSONBody[NewPayment], desk: DeskDep) -> Response[bytes]:
        """Post money that was received ahead: it is owed to the guest until it is used for what is charged."""
        text = data.text or _SAID[data.method]
        return await desk.make(
            lambda tx, clerk: commands.receive_deposit(tx, clerk, folio_id, data.method, Decimal(data.amount), text)
        )

    @_post("/deposits/use", operation_id="useDeposit", summary="Use a deposit")
    async def use_deposit(self, folio_id: PathUuid, data: JSONBody[DepositUse], desk: DeskDep) -> Response[bytes]:
        """Pay what is owed out of the deposit."""
        amount = None if data.amount is None else Decimal(data.amount)
        return await desk.make(lambda tx, clerk: commands.use_deposit(tx, clerk, folio_id, amount))

    @_post("/refunds", operation_id="refundFolio", summary="Give money back")
    async def refund(self, folio_id: PathUuid, data: JSONBody[NewRefund], desk: DeskDep) -> Response[bytes]:
        """Post money that is given back: never more than was paid on the folio, or than its deposit holds."""
        return await desk.make(
            lambda tx, clerk: commands.refund(
                *(tx, clerk, folio_id, data.method, Decimal(data.amount), data.text), of_deposit=data.of == "deposit"
            )
        )

    @_post("/billing", operation_id="billCompany", summary="Hand a balance over to a company's account")
    async def bill(self, folio_id: PathUuid, data: JSONBody[NewBilling], desk: DeskDep) -> Response[bytes]:
        """Hand what is owed over to the city ledger: the company owes it from now on, and the folio does not."""
        amount = None if data.amount is None else Decimal(data.amount)
        return await desk.make(lambda tx, clerk: commands.bill_company(tx, clerk, folio_id, data.company_id, amount))

    @_post("/entries/{entry_id:uuid}/correct", operation_id="correctEntry", summary="Take an entry back")
    async def correct(
        self, folio_id: PathUuid, entry_id: PathUuid, data: JSONBody[Correction], desk: DeskDep
    ) -> Response[bytes]:
        """Post what takes an entry back whole, once; both stay on the statement."""
        return await desk.make(lambda tx, clerk: commands.correct_entry(tx, clerk, folio_id, entry_id, data.reason))

    @_post("/entries/{entry_id:uuid}/transfer", operation_id="transferEntry", summary="Move an entry")
    async def transfer(
        self, folio_id: PathUuid, entry_id: PathUuid, data: JSONBody[Transfer], desk: DeskDep
    ) -> Response[bytes]:
        """Move a charge or a payment to another folio of the hotel; the answer is the folio it is on then."""
        return await desk.make(
            lambda tx, clerk: commands.transfer_entry(tx, clerk, folio_id, entry_id, data.to_folio_id, data.reason)
        )

    @_post(
        "/entries/{entry_id:uuid}/transfer-to-house",
        operation_id="transferEntryToHouse",
        summary="Let the house bear an entry",
    )
    async def transfer_to_house(
        self, folio_id: PathUuid, entry_id: PathUuid, data: JSONBody[HouseTransfer], desk: DeskDep
    ) -> Response[bytes]:
        """Move an entry to any folio, or off any, also where nobody pays it: who keeps the books may, for a reason."""
        return await desk.make(
            lambda tx, clerk: commands.transfer_entry(
                *(tx, clerk, folio_id, entry_id, data.to_folio_id, data.reason), to_house=True
            )
        )

    @post(
        "/entries/{entry_id:uuid}/split",
        operation_id="splitCharge",
        summary="Divide a charge over two folios",
        responses=told(201, list[Posted], "What stands in its place: the part here, and the part there."),
    )
    async def split(
        self, folio_id: PathUuid, entry_id: PathUuid, data: JSONBody[Split], desk: DeskDep
    ) -> Response[bytes]:
        """Post a part of a charge, with its share of the taxes, on another folio, and the rest here in its place."""
        amount = None if data.amount is None else Decimal(data.amount)
        share = None if data.share is None else Decimal(data.share)
        return await desk.make(
            lambda tx, clerk: commands.split_charge(
                *(tx, clerk, folio_id, entry_id, data.to_folio_id), amount=amount, percent=share, reason=data.reason
            )
        )

    @_post("/entries/{entry_id:uuid}/rebate", operation_id="rebateCharge", summary="Lower a charge")
    async def rebate(
        self, folio_id: PathUuid, entry_id: PathUuid, data: JSONBody[Rebate], desk: DeskDep
    ) -> Response[bytes]:
        """Take a part of a charge back with its share of the taxes; the answer is the rest that stands in its place."""
        return await desk.make(
            lambda tx, clerk: commands.rebate_charge(
                *(tx, clerk, folio_id, entry_id, Decimal(data.amount), data.reason)
            )
        )
