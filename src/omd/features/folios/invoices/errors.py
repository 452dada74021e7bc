"""What is refused to whoever invoices."""

from omd.db import ConstraintErrors
from omd.kernel.errors import OmdError


class IssuerUnknown(OmdError):
    """Nobody said yet which firm the hotel's invoices are of."""

    code = "issuer_unknown"
    status = 409
    title = "The hotel's firm is not known"


class InvoicedAlready(OmdError):
    """The folio has an invoice that is in force."""

    code = "invoiced_already"
    status = 409
    title = "The folio is invoiced"


class CreditedAlready(OmdError):
    """The invoice was taken back, or is a credit note itself."""

    code = "credited_already"
    status = 409
    title = "The invoice is taken back"


class CreditAboveInvoice(OmdError):
    """More would be taken back of a line of an invoice than is left; `data` says which line, and how much that is."""

    code = "credit_above_invoice"
    status = 409
    title = "More than is left of the invoice"


class NothingToInvoice(OmdError):
    """Nothing is charged on the folio."""

    code = "nothing_to_invoice"
    status = 409
    title = "Nothing is charged"


class PayerUnknown(OmdError):
    """The folio belongs to no stay and to no company, so a pro-forma of it is made out to nobody."""

    code = "payer_unknown"
    status = 409
    title = "The folio has no payer"


class SeriesTaken(OmdError):
    """Another series of the hotel has this prefix."""

    code = "series_taken"
    status = 409
    title = "The prefix is taken"


CONSTRAINT_ERRORS: ConstraintErrors = {
    "invoices_once": lambda _: InvoicedAlready(
        "The folio is invoiced. Take that invoice back first; nothing was issued."
    ),
    "invoices_credited_within": lambda _: CreditedAlready(
        "Less than that is left of the invoice. Read it again; nothing was issued."
    ),
    "folios_invoiced": lambda _: InvoicedAlready(
        "The folio is invoiced: it takes money alone. Charge another folio; nothing was posted."
    ),
    "invoice_series_prefix_unique": lambda _: SeriesTaken(
        "A series of this hotel has the prefix already. Choose another one; nothing was added."
    ),
}
