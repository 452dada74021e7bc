"""Signing in by an OpenID Connect provider: authorization code with PKCE, state and nonce (OpenID Connect Core 3.1).

What the provider says is believed only as far as its signature, issuer, audience, times and our nonce prove it.
"""

import hmac
import secrets
import unicodedata
from datetime import datetime, timedelta
from typing import Annotated, Any

import httpx2
import msgspec
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from omd.features.identity.people.errors import ProviderRefused, ProviderUnavailable
from omd.kernel.clock import Clock

PATIENCE_SECONDS = 10.0
CLOCKS_APART_SECONDS = 60
DOCUMENTS_LAST = timedelta(hours=1)
KEYS_ASKED_EVERY = timedelta(minutes=1)
PENDING_LASTS = timedelta(minutes=10)
_RETRY_SECONDS = 10

ALGORITHMS = ["RS256", "PS256", "ES256"]
"""Signatures that a provider alone can make. All else, `none` and those with a shared secret, is refused."""


class ProviderSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider: our name for it, its issuer, and what it knows us by."""

    name: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,30}$")]
    issuer: Annotated[str, msgspec.Meta(pattern=r"^(https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/])[^\s?#]+$")]
    client_id: Annotated[str, msgspec.Meta(min_length=1)]
    client_secret: Annotated[str, msgspec.Meta(min_length=1)]


class Pending(msgspec.Struct, frozen=True):
    """A sign-in under way: what the browser keeps, encrypted, until the provider sends it back."""

    provider: str
    state: str
    nonce: str
    verifier: str
    began_at: datetime


class Identity(msgspec.Struct, frozen=True):
    """Who somebody is at a provider; `email` is None unless the provider has verified it."""

    issuer: str
    subject: str
    email: str | None


class _Documents(msgspec.Struct, frozen=True):
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    read_at: datetime


class Provider:
    """One provider; its documents and keys are remembered, and its keys asked for anew when one is unknown."""

    def __init__(self, settings: ProviderSettings, *, clock: Clock, public_url: str) -> None:
        self._settings = settings
        self._clock = clock
        self._redirect_uri = f"{public_url}/api/v1/oidc/{settings.name}/callback"
        self._documents: _Documents | None = None
        self._keys: KeySet | None = None
        self._keys_read_at: datetime | None = None

    @property
    def name(self) -> str:
        """Our name for it."""
        return self._settings.name

    async def begin(self) -> tuple[str, Pending]:
        """Return the provider's address to send the browser to, and what the browser must bring back."""
        documents = await self._read_documents()
        pending = Pending(
            self.name,
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(48),
            self._clock.now(),
        )
        async with self._client() as client:
            address, _ = client.create_authorization_url(
                documents.authorization_endpoint,
                state=pending.state,
                nonce=pending.nonce,
                code_verifier=pending.verifier,
            )
        return str(address), pending

    async def finish(self, pending: Pending, *, code: str, state: str, issuer: str | None) -> Identity:
        """Return who signed in; raise `ProviderRefused` when that is not proved, `ProviderUnavailable` when away."""
        age = self._clock.now() - pending.began_at
        if pending.provider != self.name or not hmac.compare_digest(pending.state.encode(), state.encode()):
            raise ProviderRefused("This is not the answer to what your browser began. Start again.")
        if not timedelta(0) <= age <= PENDING_LASTS:
            raise ProviderRefused("Signing in took too long. Start again.")
        if issuer is not None and issuer != self._settings.issuer:
            raise ProviderRefused("The answer came from another provider (RFC 9207). Start again.")
        documents = await self._read_documents()
        try:
            async with self._client() as client:
                answer = await client.fetch_token(
                    documents.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=pending.verifier,
                )
        except OAuthError as error:
            raise ProviderRefused("The provider does not take the code it sent. Start again.") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise self._away() from error
        token = answer.get("id_token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise ProviderRefused("The provider did not say who signed in. Check that it offers OpenID Connect.")
        return self._identity(await self._claims(token, pending.nonce))

    def _identity(self, claims: dict[str, Any]) -> Identity:
        subject, email = claims.get("sub"), claims.get("email")
        if not isinstance(subject, str) or not 1 <= len(subject) <= 255 or "\x00" in subject:
            raise _not_proved()
        if claims.get("email_verified") is not True or not isinstance(email, str):
            return Identity(self._settings.issuer, subject, None)
        # An address that another spelling of letters makes somebody's here may be another's mailbox there.
        is_plain = unicodedata.is_normalized("NFKC", email)
        return Identity(self._settings.issuer, subject, email if is_plain else None)

    async def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        """Return what an ID token says, once everything about it is proved (OpenID Connect Core 3.1.3.7)."""
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=CLOCKS_APART_SECONDS,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = (await self._decoded(token)).claims
            registry.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise _not_proved() from error
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != self._settings.client_id:
            raise _not_proved()
        return claims

    async def _decoded(self, token: str) -> jwt.Token:
        try:
            return jwt.decode(token, await self._read_keys(), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            # Providers exchange their keys: a signature by one that is not known yet is looked at once more.
            if self._keys_read_at is not None and self._clock.now() - self._keys_read_at < KEYS_ASKED_EVERY:
                raise
        self._keys = None
        return jwt.decode(token, await self._read_keys(), algorithms=ALGORITHMS)

    async def _read_keys(self) -> KeySet:
        now = self._clock.now()
        if self._keys is None or self._keys_read_at is None or now - self._keys_read_at > DOCUMENTS_LAST:
            self._keys = KeySet.import_key_set(await self._get((await self._read_documents()).jwks_uri))
            self._keys_read_at = now
        return self._keys

    async def _read_documents(self) -> _Documents:
        now = self._clock.now()
        if self._documents is None or now - self._documents.read_at > DOCUMENTS_LAST:
            said = await self._get(f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration")
            if said.get("issuer") != self._settings.issuer:
                raise self._away()
            try:
                self._documents = msgspec.convert({**said, "read_at": now}, _Documents)
            except msgspec.ValidationError as error:
                raise self._away() from error
        return self._documents

    async def _get(self, address: str) -> Any:
        try:
            async with httpx2.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
                answer = await client.get(address)
                answer.raise_for_status()
                said = answer.json()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise self._away() from error
        if not isinstance(said, dict):
            raise self._away()
        return said

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._settings.client_id,
            self._settings.client_secret,
            redirect_uri=self._redirect_uri,
            scope="openid email",
            code_challenge_method="S256",
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        )

    def _away(self) -> ProviderUnavailable:
        said = f"The provider {self.name} does not answer as OpenID Connect asks. Try again, or sign in by password."
        return ProviderUnavailable(said, retry_after=_RETRY_SECONDS)


def _not_proved() -> ProviderRefused:
    return ProviderRefused("What the provider sent does not prove who signed in. Start again.")
