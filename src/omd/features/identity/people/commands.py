"""What people may do about their own ways in; each in the transaction it is handed."""

from datetime import datetime

import msgspec

from omd.db import Transaction
from omd.features.identity.people import queries
from omd.features.identity.people.errors import (
    AlreadyRegistered,
    LinkNotValid,
    SecondFactorNotBegun,
    SecondFactorRequired,
    SecondFactorStands,
    SignInRefused,
)
from omd.features.identity.people.model import (
    LINK_LASTS,
    Credentials,
    Language,
    LinkPurpose,
    Origin,
    Person,
    SessionRules,
    is_secret,
    make_secret,
    normal_email,
    secret_hash,
)
from omd.features.identity.people.oidc import Identity
from omd.features.identity.people.second_factor import (
    make_recovery_codes,
    make_totp_secret,
    matching_step,
    recovery_code_hash,
)
from omd.infra.keyring import Keyring
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound
from omd.kernel.ids import OmdId

KNOWN_ADDRESS_DAYS = 30
_AGENT_LENGTH = 300


class Found(msgspec.Struct, frozen=True):
    """Who has an e-mail, what they prove themselves with, and whether they came from this address before."""

    person: Person | None
    credentials: Credentials | None
    comes_from_known_address: bool


class ShownCode(msgspec.Struct, frozen=True):
    """What somebody has shown of their second factor: a code of their app, or one that stands in for it."""

    code: str | None = None
    recovery_code: str | None = None


class Proof(msgspec.Struct, frozen=True):
    """What somebody signing in has shown: the hash their password matched, and a code of their second factor."""

    password_hash: str | None
    shown: ShownCode = ShownCode()
    new_hash: str | None = None


async def find_by_email(tx: Transaction, email: str, *, address: str, since: datetime) -> Found:
    """Look up who has this e-mail; whether there is somebody makes as little difference as can be."""
    await queries.open_keys(tx, email=email)
    person = await queries.find_person_by_email(tx, email)
    user_id = 0 if person is None else person.id
    await queries.open_person(tx, user_id)
    credentials = await queries.find_credentials(tx, user_id)
    known = await queries.is_known_address(tx, user_id, address, since)
    return Found(person, credentials, known)


async def find_by_id(tx: Transaction, user_id: int) -> tuple[Person, str | None]:
    """Return a person who is signed in, and the hash of their password if they have one."""
    await queries.open_person(tx, user_id)
    person = await queries.find_person(tx, user_id)
    credentials = await queries.find_credentials(tx, user_id)
    assert person is not None, "whoever is signed in is there"
    return person, credentials.password_hash if credentials is not None else None


async def begin_session(
    tx: Transaction,
    user_id: int,
    *,
    second_factor: bool,
    working_omd_id: OmdId | None = None,
    rules: SessionRules,
    origin: Origin,
    now: datetime,
) -> str:
    """Begin a session and return its token."""
    token = make_secret()
    await queries.open_person(tx, user_id)
    await queries.open_keys(tx, token_hashes=[secret_hash(token)])
    await queries.add_session(
        tx,
        token_hash=secret_hash(token),
        user_id=user_id,
        working_omd_id=working_omd_id,
        second_factor=second_factor,
        now=now,
        expires_at=now + rules.lasts,
        address=origin.address,
        agent=origin.agent.replace("\x00", "")[:_AGENT_LENGTH],
    )
    return token


async def end_former_session(tx: Transaction, former_token: str | None, now: datetime) -> int | None:
    """End the session that a browser came with, and return whose it was, None when there was none."""
    if former_token is None or not is_secret(former_token):
        return None
    await queries.open_keys(tx, token_hashes=[secret_hash(former_token)])
    return await queries.end_session(tx, secret_hash(former_token), now)


async def find_by_identity(tx: Transaction, identity: Identity) -> Person:
    """Return whose account at a provider this is, or who has its verified e-mail; raise `SignInRefused`.

    Nobody gets an account this way.
    """
    await queries.open_keys(tx, subject=f"{identity.issuer} {identity.subject}")
    user_id = await queries.find_identity(tx, identity.issuer, identity.subject)
    if user_id is not None:
        await queries.open_person(tx, user_id)
        person = await queries.find_person(tx, user_id)
    elif identity.email is not None:
        await queries.open_keys(tx, email=normal_email(identity.email))
        person = await queries.find_person_by_email(tx, normal_email(identity.email))
    else:
        person = None
    if person is None or person.is_disabled:
        raise SignInRefused("Nobody here has this account. Ask whoever manages your hotel's staff for an invitation.")
    return person


async def prove_identity(
    tx: Transaction, user_id: int, identity: Identity, shown: ShownCode, *, keyring: Keyring, now: datetime
) -> bool:
    """Let an account at a provider stand for a person's password, and link it; say whether there was a second factor.

    The row is held, as by `prove`. Raises `SignInRefused` or `SecondFactorRequired`; then nothing is linked.
    """
    await queries.open_person(tx, user_id)
    credentials = await queries.lock_credentials(tx, user_id)
    second = credentials is not None and await _prove_second(tx, user_id, credentials, shown, keyring=keyring, now=now)
    if await queries.find_identity(tx, identity.issuer, identity.subject) is None:
        await queries.add_identity(tx, identity.issuer, identity.subject, user_id)
    return second


async def prove(tx: Transaction, user_id: int, proof: Proof, *, keyring: Keyring, now: datetime) -> bool:
    """Check what was shown against what is kept now, and use up the code; return whether there was a second factor.

    The row is held: of two sign-ins with one code the second finds it taken, and a password that was changed since
    it was looked at is noticed. Raises `SignInRefused` or `SecondFactorRequired`.
    """
    await queries.open_person(tx, user_id)
    credentials = await queries.lock_credentials(tx, user_id)
    if credentials is None or credentials.password_hash != proof.password_hash:
        raise refused()
    if proof.new_hash is not None and proof.password_hash is not None:
        await queries.hash_password_anew(tx, user_id, old_hash=proof.password_hash, password_hash=proof.new_hash)
    return await _prove_second(tx, user_id, credentials, proof.shown, keyring=keyring, now=now)


async def _prove_second(
    tx: Transaction, user_id: int, credentials: Credentials, shown: ShownCode, *, keyring: Keyring, now: datetime
) -> bool:
    """Use up what was shown of the second factor and return True; return False where there is none."""
    if not credentials.has_second_factor:
        return False
    if shown.code is not None:
        await _take_code(tx, user_id, credentials, shown.code, keyring=keyring, now=now)
    elif shown.recovery_code is not None:
        if not await queries.use_recovery_code(tx, user_id, recovery_code_hash(shown.recovery_code, user_id), now):
            raise refused()
    else:
        raise SecondFactorRequired("Send `code` from your authenticator app as well, or a `recovery_code`.")
    return True


async def _take_code(
    tx: Transaction, user_id: int, credentials: Credentials, code: str, *, keyring: Keyring, now: datetime
) -> None:
    assert credentials.totp_secret is not None, "the database keeps a secret with every second factor"
    secret = keyring.decrypt(credentials.totp_secret, totp_context(user_id)).decode()
    step = matching_step(secret, code, now)
    if step is None or (credentials.totp_last_step is not None and step <= credentials.totp_last_step):
        raise refused()
    await queries.take_step(tx, user_id, step, now)
    if not keyring.is_newest(credentials.totp_secret):
        # So that an older key can go one day.
        await queries.keep_totp_secret(tx, user_id, keyring.encrypt(secret.encode(), totp_context(user_id)))


async def begin_second_factor(tx: Transaction, user_id: int, *, keyring: Keyring) -> str:
    """Make the secret of a second factor, to be confirmed; raise `SecondFactorStands` when one is confirmed."""
    await queries.open_person(tx, user_id)
    credentials = await queries.lock_credentials(tx, user_id)
    if credentials is not None and credentials.has_second_factor:
        raise SecondFactorStands("Your account has a second factor. Remove it first to set up another.")
    secret = make_totp_secret()
    await queries.begin_second_factor(tx, user_id, keyring.encrypt(secret.encode(), totp_context(user_id)))
    return secret


async def confirm_second_factor(
    tx: Transaction, user_id: int, code: str, *, keyring: Keyring, now: datetime
) -> list[str]:
    """Confirm a second factor by its first code and return the recovery codes, the only time they are known."""
    await queries.open_person(tx, user_id)
    credentials = await queries.lock_credentials(tx, user_id)
    if credentials is None or credentials.totp_secret is None:
        raise SecondFactorNotBegun("Set up the second factor first; then confirm it by a code.")
    if credentials.has_second_factor:
        raise SecondFactorStands("Your account's second factor is confirmed already.")
    try:
        await _take_code(tx, user_id, credentials, code, keyring=keyring, now=now)
    except SignInRefused:
        said = "This is not the code of about now. Check that your phone and this machine have the right time."
        raise InvalidInput(said, problems=(FieldProblem("/code", "wrong_code", said),)) from None
    codes = make_recovery_codes()
    await queries.replace_recovery_codes(tx, user_id, [recovery_code_hash(each, user_id) for each in codes])
    return codes


async def remove_second_factor(tx: Transaction, user_id: int) -> None:
    """Forget a person's second factor and recovery codes; raise `SecondFactorNotBegun` when there is none."""
    await queries.open_person(tx, user_id)
    credentials = await queries.lock_credentials(tx, user_id)
    if credentials is None or credentials.totp_secret is None:
        raise SecondFactorNotBegun("Your account has no second factor; nothing was done.")
    await queries.remove_second_factor(tx, user_id)


async def change_password(
    tx: Transaction, user_id: int, *, checked_hash: str | None, new_hash: str, now: datetime
) -> None:
    """Give a person another password, and end all their sessions and the links that lead to another.

    Raises `SignInRefused` if it was changed meanwhile.
    """
    await queries.open_person(tx, user_id)
    credentials = await queries.lock_credentials(tx, user_id)
    if (credentials.password_hash if credentials else None) != checked_hash:
        raise refused()
    await queries.keep_password(tx, user_id, new_hash, now)
    await queries.end_sessions(tx, user_id, now)
    person = await queries.find_person(tx, user_id)
    assert person is not None, "whoever is signed in is there"
    await queries.open_keys(tx, email=person.email)
    await queries.use_up_links(tx, person.email, "password_reset", now)
    await queries.open_keys(tx)


async def create_link(tx: Transaction, *, purpose: LinkPurpose, email: str, now: datetime) -> str:
    """Make a one-time link for an e-mail address in its normal spelling and return its token; only its hash is kept.

    The transaction may be any: nothing else of it is opened, and what this opens is closed again. An invitation gives
    no role by itself: whoever sends it adds user and membership in the same transaction.
    """
    token = make_secret()
    await queries.open_keys(tx, token_hashes=[secret_hash(token)])
    await queries.add_link(
        tx,
        token_hash=secret_hash(token),
        purpose=purpose,
        email=email,
        now=now,
        expires_at=now + LINK_LASTS[purpose],
    )
    await queries.open_keys(tx)
    return token


async def redeem_password_reset(tx: Transaction, token: str, new_hash: str, now: datetime) -> Person:
    """Give whoever has the link's e-mail another password, end all their sessions, and return them."""
    email = await _redeem(tx, token, "password_reset", now)
    person = await queries.find_person_by_email(tx, email)
    if person is None or person.is_disabled:
        raise _not_valid()
    await queries.open_person(tx, person.id)
    await queries.lock_credentials(tx, person.id)
    await queries.keep_password(tx, person.id, new_hash, now)
    await queries.end_sessions(tx, person.id, now)
    return person


async def redeem_invitation(
    tx: Transaction, token: str, *, name: str, language: Language | None, new_hash: str, now: datetime
) -> Person:
    """Let an invited person choose name and password, and return them; raise `AlreadyRegistered` when they have."""
    email = await _redeem(tx, token, "invitation", now)
    added = await queries.add_person(tx, email=email, name=name, language=language or "en")
    person = await queries.find_person_by_email(tx, email)
    if person is None or person.is_disabled:
        raise _not_valid()
    await queries.open_person(tx, person.id)
    credentials = await queries.lock_credentials(tx, person.id)
    if added is None and credentials is not None and credentials.password_hash is not None:
        raise AlreadyRegistered("You have an account already: sign in with it, and you find your new role there.")
    await queries.name_person(tx, person.id, name=name, language=language)
    await queries.keep_password(tx, person.id, new_hash, now)
    await queries.start_sessions_anew(tx, person.id, now)
    return person


async def find_link(tx: Transaction, token: str, purpose: LinkPurpose, now: datetime) -> str:
    """Return whose e-mail a link in force was sent to, without using it up; raise `LinkNotValid`."""
    if not is_secret(token):
        raise _not_valid()
    await queries.open_keys(tx, token_hashes=[secret_hash(token)])
    email = await queries.find_link(tx, secret_hash(token), purpose, now)
    if email is None:
        raise _not_valid()
    return email


async def _redeem(tx: Transaction, token: str, purpose: LinkPurpose, now: datetime) -> str:
    """Use up the link and every other of its kind; open its e-mail. Raises `LinkNotValid`."""
    if not is_secret(token):
        raise _not_valid()
    await queries.open_keys(tx, token_hashes=[secret_hash(token)])
    email = await queries.use_link(tx, secret_hash(token), purpose, now)
    if email is None:
        raise _not_valid()
    await queries.open_keys(tx, email=email)
    await queries.use_up_links(tx, email, purpose, now)
    return email


async def switch(
    tx: Transaction, user_id: int, token: str, omd_id: OmdId, held: frozenset[OmdId], *, now: datetime
) -> str:
    """Let a session work in another of its person's destinations and return the token under which it goes on.

    No server remembers that one, so the switch holds on all of them at once. Raises `NotFound` for a destination that
    is none of theirs. Of a session that ended meanwhile nothing goes on.
    """
    if omd_id not in held:
        raise NotFound(f"There is no destination {omd_id}.")
    new_token = make_secret()
    await queries.open_person(tx, user_id)
    if await queries.end_session(tx, secret_hash(token), now) is not None:
        await queries.continue_session(
            tx, secret_hash(token), new_token_hash=secret_hash(new_token), omd_id=omd_id, now=now
        )
    return new_token


def totp_context(user_id: int) -> str:
    """Return where a second factor's secret stands: it can be read nowhere else."""
    return f"totp:{user_id}"


def refused() -> SignInRefused:
    """Return the one answer to everything that is not right."""
    return SignInRefused("E-mail, password or code are not right. Try again, or ask for a new password.")


def _not_valid() -> LinkNotValid:
    return LinkNotValid("This link was used, or is too old, or is not whole. Ask for a new one.")
