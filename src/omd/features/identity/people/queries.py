"""One typed function a statement of `queries.sql`."""

from collections.abc import Sequence
from datetime import datetime

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.identity.people.model import (
    AccessEvent,
    Credentials,
    Language,
    LinkPurpose,
    Named,
    Person,
    PersonLine,
    SessionLine,
    SessionRow,
    StaffAccessEvent,
)
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.identity.people")


async def open_keys(
    tx: ReadTransaction, *, token_hashes: Sequence[bytes] = (), email: str | None = None, subject: str | None = None
) -> None:
    """Open, for the rest of the transaction, the rows whose keys the caller holds, and no others by such keys."""
    await tx.value(_SQL["open_keys"], token_hashes=list(token_hashes) or None, email=email, subject=subject)


async def open_person(tx: ReadTransaction, user_id: int) -> None:
    """Open, for the rest of the transaction, what belongs to a person who is known."""
    await tx.value(_SQL["open_person"], user_id=user_id)


async def open_people_of_sessions(tx: ReadTransaction, token_hashes: Sequence[bytes]) -> None:
    """Open, for the rest of the transaction, the people whose sessions have these hashes."""
    await tx.value(_SQL["open_people_of_sessions"], token_hashes=token_hashes)


async def load_sessions(
    tx: ReadTransaction, token_hashes: Sequence[bytes], *, now: datetime, idle_since: datetime, latest_start: datetime
) -> list[SessionRow]:
    """Return the sessions with these hashes that are in force."""
    return await tx.many(
        _SQL["load_sessions"],
        SessionRow,
        token_hashes=token_hashes,
        now=now,
        idle_since=idle_since,
        latest_start=latest_start,
    )


async def touch_session(tx: Transaction, token_hash: bytes, now: datetime) -> None:
    """Note that a session was used."""
    await tx.run(_SQL["touch_session"], token_hash=token_hash, now=now)


async def add_session(
    tx: Transaction,
    *,
    token_hash: bytes,
    user_id: int,
    working_omd_id: OmdId | None,
    second_factor: bool,
    now: datetime,
    expires_at: datetime,
    address: str,
    agent: str,
) -> None:
    """Begin a session."""
    await tx.run(
        _SQL["add_session"],
        token_hash=token_hash,
        user_id=user_id,
        working_omd_id=working_omd_id,
        second_factor=second_factor,
        now=now,
        expires_at=expires_at,
        address=address,
        agent=agent,
    )


async def end_session(tx: Transaction, token_hash: bytes, now: datetime) -> int | None:
    """End a session and return whose it was, None when it was over."""
    ended: int | None = await tx.value(_SQL["end_session"], token_hash=token_hash, now=now)
    return ended


async def end_sessions(tx: Transaction, user_id: int, now: datetime) -> None:
    """End every session of a person, those that are beginning too."""
    await tx.run(_SQL["start_sessions_anew"], user_id=user_id, now=now)
    await tx.run(_SQL["end_sessions"], user_id=user_id, now=now)


async def end_all_sessions(tx: Transaction, user_id: int, now: datetime) -> None:
    """End every session there is of a person."""
    await tx.run(_SQL["end_sessions"], user_id=user_id, now=now)


async def start_sessions_anew(tx: Transaction, user_id: int, now: datetime) -> None:
    """Let no session of a person stand that began before this instant."""
    await tx.run(_SQL["start_sessions_anew"], user_id=user_id, now=now)


async def continue_session(
    tx: Transaction, token_hash: bytes, *, new_token_hash: bytes, omd_id: OmdId, now: datetime
) -> None:
    """Let a session go on under another token, in another destination, for no longer than it would have lasted."""
    await tx.run(_SQL["continue_session"], token_hash=token_hash, new_token_hash=new_token_hash, omd_id=omd_id, now=now)


async def list_sessions(tx: ReadTransaction, user_id: int, *, now: datetime, idle_since: datetime) -> list[SessionLine]:
    """Return a person's sessions in force, the newest first."""
    return await tx.many(_SQL["list_sessions"], SessionLine, user_id=user_id, now=now, idle_since=idle_since)


async def find_person_by_email(tx: ReadTransaction, email: str) -> Person | None:
    """Return the person with this e-mail, None when there is none."""
    return await tx.maybe(_SQL["find_person_by_email"], Person, email=email)


async def find_person(tx: ReadTransaction, user_id: int) -> Person | None:
    """Return the person with this id, None when there is none."""
    return await tx.maybe(_SQL["find_person"], Person, user_id=user_id)


async def add_person(tx: Transaction, *, email: str, name: str, language: Language) -> int | None:
    """Add a person and return the id, None when the e-mail is somebody's already."""
    added: int | None = await tx.value(_SQL["add_person"], email=email, name=name, language=language)
    return added


async def name_person(tx: Transaction, user_id: int, *, name: str, language: Language | None) -> None:
    """Give a person the name and language they chose."""
    await tx.run(_SQL["name_person"], user_id=user_id, name=name, language=language)


async def find_credentials(tx: ReadTransaction, user_id: int) -> Credentials | None:
    """Return what a person proves who they are with, None when there is nothing yet."""
    return await tx.maybe(_SQL["find_credentials"], Credentials, user_id=user_id)


async def lock_credentials(tx: Transaction, user_id: int) -> Credentials | None:
    """Return what a person proves who they are with, held still until the transaction ends."""
    return await tx.maybe(_SQL["lock_credentials"], Credentials, user_id=user_id)


async def keep_password(tx: Transaction, user_id: int, password_hash: str, now: datetime) -> None:
    """Give a person a password."""
    await tx.run(_SQL["keep_password"], user_id=user_id, password_hash=password_hash, now=now)


async def hash_password_anew(tx: Transaction, user_id: int, *, old_hash: str, password_hash: str) -> None:
    """Replace the hash of an unchanged password."""
    await tx.run(_SQL["hash_password_anew"], user_id=user_id, old_hash=old_hash, password_hash=password_hash)


async def begin_second_factor(tx: Transaction, user_id: int, totp_secret: bytes) -> None:
    """Keep a secret for a second factor that is not confirmed yet."""
    await tx.run(_SQL["begin_second_factor"], user_id=user_id, totp_secret=totp_secret)


async def take_step(tx: Transaction, user_id: int, step: int, now: datetime) -> None:
    """Remember the time step whose code was taken."""
    await tx.run(_SQL["take_step"], user_id=user_id, step=step, now=now)


async def keep_totp_secret(tx: Transaction, user_id: int, totp_secret: bytes) -> None:
    """Keep the secret of a second factor, encrypted anew."""
    await tx.run(_SQL["keep_totp_secret"], user_id=user_id, totp_secret=totp_secret)


async def remove_second_factor(tx: Transaction, user_id: int) -> None:
    """Forget a person's second factor and recovery codes."""
    await tx.run(_SQL["remove_second_factor"], user_id=user_id)
    await tx.run(_SQL["remove_recovery_codes"], user_id=user_id)


async def replace_recovery_codes(tx: Transaction, user_id: int, code_hashes: Sequence[bytes]) -> None:
    """Keep the hashes of a person's recovery codes in place of any older."""
    await tx.run(_SQL["remove_recovery_codes"], user_id=user_id)
    await tx.run(_SQL["add_recovery_codes"], user_id=user_id, code_hashes=code_hashes)


async def use_recovery_code(tx: Transaction, user_id: int, code_hash: bytes, now: datetime) -> bool:
    """Use up a recovery code; say whether it was one and unused."""
    return await tx.run(_SQL["use_recovery_code"], user_id=user_id, code_hash=code_hash, now=now) == 1


async def count_recovery_codes(tx: ReadTransaction, user_id: int) -> int:
    """Return how many recovery codes a person has left."""
    return int(await tx.value(_SQL["count_recovery_codes"], user_id=user_id))


async def add_link(
    tx: Transaction, *, token_hash: bytes, purpose: LinkPurpose, email: str, now: datetime, expires_at: datetime
) -> None:
    """Keep a one-time link by the hash of its token."""
    await tx.run(_SQL["add_link"], token_hash=token_hash, purpose=purpose, email=email, now=now, expires_at=expires_at)


async def use_link(tx: Transaction, token_hash: bytes, purpose: LinkPurpose, now: datetime) -> str | None:
    """Use up a link that is in force and return whose e-mail it was sent to, None when it is not."""
    email: str | None = await tx.value(_SQL["use_link"], token_hash=token_hash, purpose=purpose, now=now)
    return email


async def find_link(tx: ReadTransaction, token_hash: bytes, purpose: LinkPurpose, now: datetime) -> str | None:
    """Return whose e-mail a link in force was sent to, None when it is not in force."""
    email: str | None = await tx.value(_SQL["find_link"], token_hash=token_hash, purpose=purpose, now=now)
    return email


async def use_up_links(tx: Transaction, email: str, purpose: LinkPurpose, now: datetime) -> None:
    """Use up every other link of a purpose that was sent to an e-mail."""
    await tx.run(_SQL["use_up_links"], email=email, purpose=purpose, now=now)


async def find_identity(tx: ReadTransaction, issuer: str, subject: str) -> int | None:
    """Return whose account at a provider this is, None when it is nobody's."""
    found: int | None = await tx.value(_SQL["find_identity"], issuer=issuer, subject=subject)
    return found


async def add_identity(tx: Transaction, issuer: str, subject: str, user_id: int) -> bool:
    """Let a person sign in by an account at a provider; say whether that was new."""
    return await tx.run(_SQL["add_identity"], issuer=issuer, subject=subject, user_id=user_id) == 1


async def is_known_address(tx: ReadTransaction, user_id: int, address: str, since: datetime) -> bool:
    """Say whether a person has had a session from this address since then."""
    return bool(await tx.value(_SQL["is_known_address"], user_id=user_id, address=address, since=since))


async def add_event(
    tx: Transaction,
    *,
    at: datetime,
    kind: str,
    outcome: str,
    user_id: int | None,
    email_mark: bytes | None,
    working_omd_id: OmdId | None,
    address: str,
    request_id: str,
) -> None:
    """Note what happened at the way in."""
    await tx.run(
        _SQL["add_event"],
        at=at,
        kind=kind,
        outcome=outcome,
        user_id=user_id,
        email_mark=email_mark,
        working_omd_id=working_omd_id,
        address=address,
        request_id=request_id,
    )


async def list_events_of_staff(tx: ReadTransaction, **values: object) -> list[StaffAccessEvent]:
    """Return a page of what a hotel's or destination's people did; the parameters are those of the statement."""
    return await tx.many(_SQL["list_events_of_staff"], StaffAccessEvent, **values)


async def list_events(tx: ReadTransaction, user_id: int, *, before: int, most: int) -> list[AccessEvent]:
    """Return what a person did at the way in, the newest first."""
    return await tx.many(_SQL["list_events"], AccessEvent, user_id=user_id, before=before, most=most)


async def describe_hotels(tx: ReadTransaction, omd_id: OmdId, business_ids: Sequence[BusinessId]) -> list[Named]:
    """Return the names of hotels the actor sees."""
    return await tx.many(_SQL["describe_hotels"], Named, omd_id=omd_id, business_ids=business_ids)


async def list_people(tx: ReadTransaction) -> list[PersonLine]:
    """Return every user there is, by e-mail; for the maintenance role."""
    return await tx.many(_SQL["list_people"], PersonLine)


async def add_user(tx: Transaction, *, email: str, name: str, language: Language, is_operator: bool) -> int | None:
    """Add a user on the command line and return the id, None when the e-mail is somebody's already."""
    added: int | None = await tx.value(
        _SQL["add_user"], email=email, name=name, language=language, is_operator=is_operator
    )
    return added


async def disable_person(tx: Transaction, email: str, now: datetime) -> int | None:
    """Let a user in no longer and return the id, None when there is none."""
    disabled: int | None = await tx.value(_SQL["disable_person"], email=email, now=now)
    return disabled


async def enable_person(tx: Transaction, email: str) -> int | None:
    """Let a user in again and return the id, None when there is none."""
    enabled: int | None = await tx.value(_SQL["enable_person"], email=email)
    return enabled


async def sign_person_out(tx: Transaction, email: str, now: datetime) -> int | None:
    """Let no session of a user stand and return the id, None when there is none."""
    found: int | None = await tx.value(_SQL["sign_person_out"], email=email, now=now)
    return found


async def purge_sessions(tx: Transaction, before: datetime, *, most: int) -> int:
    """Delete at most so many sessions that were over before an instant; return how many."""
    return await tx.run(_SQL["purge_sessions"], before=before, most=most)


async def purge_links(tx: Transaction, before: datetime, *, most: int) -> int:
    """Delete at most so many links that were over before an instant; return how many."""
    return await tx.run(_SQL["purge_links"], before=before, most=most)


async def purge_events(tx: Transaction, before: datetime, *, most: int) -> int:
    """Delete at most so many access events from before an instant; return how many."""
    return await tx.run(_SQL["purge_events"], before=before, most=most)
