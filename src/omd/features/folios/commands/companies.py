"""Companies that pay bills, and what they pay on their accounts."""

from collections.abc import Callable
from decimal import Decimal

from omd.db import Transaction
from omd.features.folios import model, queries
from omd.features.folios.commands.posting import require_above_zero
from omd.features.folios.model import Clerk, Company, Method, NewEntry
from omd.kernel.errors import NotFound

Expected = Callable[[int], None]
"""Raises `StaleVersion` for a version that is not the one the caller read."""


async def add_company(tx: Transaction, clerk: Clerk, **facts: str | None) -> Company:
    """Add a company to a hotel; raise `CompanyTaken` for a tax id that another one has."""
    return await _company(tx, clerk, await queries.add_company(tx, queries.books_of(clerk), **facts))


async def change_company(
    tx: Transaction, clerk: Clerk, company_id: int, *, expected: Expected, **facts: str | None
) -> Company:
    """Rewrite what is known of a company; raise `NotFound`, `StaleVersion` or `CompanyTaken`."""
    version = await queries.lock_company(tx, queries.books_of(clerk), company_id)
    if version is None:
        raise _no_company(company_id)
    expected(version)
    await queries.change_company(tx, queries.books_of(clerk), company_id, **facts)
    return await _company(tx, clerk, company_id)


async def pay_for_company(
    tx: Transaction, clerk: Clerk, company_id: int, method: Method, amount: Decimal, text: str | None
) -> Company:
    """Put a payment on a company's account, which may be ahead of what it owes; raise `NotFound` or `InvalidInput`."""
    require_above_zero(amount)
    company = await _company(tx, clerk, company_id)
    entry = NewEntry("company_payment", text or company.name, method=method)
    await queries.post_entry(tx, clerk, entry, model.company_payment(company_id, method, amount))
    return await _company(tx, clerk, company_id)


async def _company(tx: Transaction, clerk: Clerk, company_id: int) -> Company:
    found = await queries.find_company(tx, queries.books_of(clerk), company_id)
    if found is None:
        raise _no_company(company_id)
    return found


def _no_company(company_id: int) -> NotFound:
    return NotFound(f"There is no company {company_id}.")
