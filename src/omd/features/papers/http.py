"""Papers over HTTP: documents to print, in the language that is asked for."""

import re
from typing import Annotated, Any

from litestar import Controller, Request, Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter

from omd.features.folios import Books, read_invoice, read_pro_forma
from omd.features.papers.drawing.invoice import print_invoice, print_pro_forma
from omd.features.papers.texts import Language, chosen, speech
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    ClockDep,
    DatabaseDep,
    PathId,
    PathUuid,
    languages_wanted,
)
from omd.infra.paper import Press

PDF = "application/pdf"
PressDep = NamedDependency[Press]
AskedLanguage = Annotated[
    Language | None, QueryParameter(description="The language of the paper, whatever the header wants.")
]
AcceptLanguage = Annotated[
    str | None,
    HeaderParameter(name="Accept-Language", max_length=500, description="The languages of the paper, the best first."),
]
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def printed(said: str) -> dict[int, ResponseSpec]:
    """Return what the document says of the answers of an operation that prints."""
    return {200: ResponseSpec(bytes, description=said, media_type=PDF, generate_examples=False), **COMMON_PROBLEMS}


def paper(content: bytes, name: str, language: Language) -> Response[bytes]:
    """Return the answer that serves a document, to be shown, and kept by nobody on the way."""
    headers = {
        "Content-Disposition": f'inline; filename="{_NOT_IN_NAMES.sub("-", name)}.pdf"',
        "Content-Language": language,
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=PDF, headers=headers)


async def _press(request: Request[Any, Any, Any], actor: ActorDep) -> Press:  # noqa: ARG001 - who may not is told first
    press: Press = request.app.state.press
    return press


def with_press() -> dict[str, Provide]:
    """Return what operations that print depend on."""
    return {"press": Provide(_press)}


class InvoicePapers(Controller):
    """Invoices, credit notes and pro-formas to print."""

    path = "/businesses/{business_id:int}"
    tags = ("Invoices",)

    @get(
        "/invoices/{invoice_id:uuid}/pdf",
        operation_id="printInvoice",
        summary="Print an invoice",
        responses=printed("The invoice or the credit note."),
        media_type=PDF,
    )
    async def invoice(
        self,
        business_id: PathId,
        invoice_id: PathUuid,
        actor: ActorDep,
        database: DatabaseDep,
        press: PressDep,
        language: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response[bytes]:
        """Print an invoice or a credit note as it was issued: in each language the same bytes every time."""
        books = Books(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            found = await read_invoice(tx, books, invoice_id)
            credited = None if found.credits_id is None else await read_invoice(tx, books, found.credits_id)
        spoken = chosen(language, languages_wanted(accept_language), found.content.issuer.country)
        made = await press.print(lambda: print_invoice(found, credited, speech(spoken)))
        return paper(made, found.code, spoken)

    @get(
        "/folios/{folio_id:uuid}/pro-forma/pdf",
        operation_id="printProForma",
        summary="Print a folio's pro-forma",
        responses=printed("The pro-forma."),
        media_type=PDF,
    )
    async def pro_forma(
        self,
        business_id: PathId,
        folio_id: PathUuid,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        press: PressDep,
        language: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response[bytes]:
        """Print what an invoice of an open folio would say as it stands, under words that it is none."""
        books = Books(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            found = await read_pro_forma(tx, books, folio_id, clock.now())
        spoken = chosen(language, languages_wanted(accept_language), found.content.issuer.country)
        made = await press.print(lambda: print_pro_forma(found, speech(spoken)))
        return paper(made, f"pro-forma-{found.folio_number}", spoken)


router = Router(path="", route_handlers=[InvoicePapers], dependencies=with_press())
