"""By which provider a hotel takes cards: its credentials are encrypted, and handed to the provider alone."""

from datetime import datetime

import msgspec

from omd.db import Database, ReadTransaction, Transaction
from omd.features.folios.cards import queries
from omd.features.folios.cards.errors import ProviderNotSet
from omd.features.folios.cards.model import PaymentAccount
from omd.features.folios.model import Clerk
from omd.features.folios.queries import Books, books_of
from omd.infra.keyring import Keyring, Renewed, SecretUnreadable
from omd.infra.payments import Merchant, PaymentProvider, Providers
from omd.infra.webhooks.signing import read_secret
from omd.kernel.actor import Actor
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound


class Till(msgspec.Struct, frozen=True):
    """A hotel's provider, what the hotel is known by there, and since when."""

    provider: PaymentProvider
    merchant: Merchant
    set_at: datetime


class Tills(msgspec.Struct, frozen=True):
    """The providers that this installation reaches, and the keys that open hotels' credentials."""

    providers: Providers
    keyring: Keyring

    async def open(self, tx: ReadTransaction, books: Books, *, only: str | None = None) -> Till:
        """Return a hotel's provider, the named one only, with what opens it; raise `ProviderNotSet`."""
        account = await queries.find_account(tx, books)
        if account is None or only not in (None, account.provider):
            raise ProviderNotSet("The hotel has no provider of card payments. Set one: PUT .../payment-account.")
        merchant = Merchant(
            self.keyring.decrypt(account.api_key, _context(books.business_id, "api_key")).decode(),
            self.keyring.decrypt(account.webhook_secret, _context(books.business_id, "webhook_secret")),
        )
        return Till(self.provider(account.provider), merchant, account.set_at)

    def provider(self, name: str) -> PaymentProvider:
        """Return a provider by its name; raise `ProviderNotSet`."""
        found = self.providers.get(name)
        if found is None:
            known = ", ".join(sorted(self.providers)) or "none"
            raise ProviderNotSet(f"This installation does not reach the provider {name}; it reaches {known}.")
        return found


async def get_account(tx: ReadTransaction, tills: Tills, books: Books) -> PaymentAccount:
    """Return by which provider a hotel takes cards, without its credentials; raise `NotFound`."""
    account = await queries.find_account(tx, books)
    if account is None:
        raise NotFound("The hotel has no provider of card payments.")
    provider = tills.providers.get(account.provider)
    return PaymentAccount(
        account.provider,
        provider is None or provider.is_test,
        f"/api/v1/payment-webhooks/{account.provider}/{books.omd_id}/{books.business_id}",
        account.set_at,
        account.set_by,
        account.version,
    )


async def put_account(
    tx: Transaction, clerk: Clerk, tills: Tills, *, provider: str, api_key: str, webhook_secret: str
) -> PaymentAccount:
    """Say by which provider a hotel takes cards; raise `ProviderNotSet`, or `InvalidInput` for what is no secret."""
    tills.provider(provider)
    secret = read_secret(webhook_secret)
    if secret is None:
        said = "It begins with whsec_ and goes on in base64, as the provider shows it."
        raise InvalidInput(said, problems=(FieldProblem("/webhook_secret", "no_webhook_secret", said),))
    encrypt, hotel = tills.keyring.encrypt, clerk.business_id
    await queries.put_account(
        *(tx, clerk),
        provider=provider,
        api_key=encrypt(api_key.encode(), _context(hotel, "api_key")),
        webhook_secret=encrypt(secret, _context(hotel, "webhook_secret")),
    )
    return await get_account(tx, tills, books_of(clerk))


async def renew_payment_accounts(app: Database, system: Actor, keyring: Keyring) -> Renewed:
    """Encrypt the credentials of a tenant's hotels under the newest key, as its system actor. Safe twice."""

    async def work(tx: Transaction) -> Renewed:
        renewed = unreadable = 0
        for kept in await queries.lock_accounts(tx, system.omd_id):
            if keyring.is_newest(kept.api_key) and keyring.is_newest(kept.webhook_secret):
                continue
            try:
                anew = queries.SealedAccount(
                    kept.business_id,
                    keyring.renewed(kept.api_key, _context(kept.business_id, "api_key")),
                    keyring.renewed(kept.webhook_secret, _context(kept.business_id, "webhook_secret")),
                )
            except SecretUnreadable:
                unreadable += 1
                continue
            await queries.keep_account(tx, system.omd_id, anew)
            renewed += 1
        return Renewed(renewed, unreadable)

    return await app.write(system, work)


def _context(business_id: int, what: str) -> str:
    return f"payment_account:{business_id}:{what}"
