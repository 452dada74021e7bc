"""The way in for people: signing in, and every link or secret that leads there.

Passwords are hashed between transactions, never inside one: a hash takes as long as a hundred statements.
"""

from datetime import timedelta
from typing import NoReturn

import msgspec
from prometheus_client import Counter

from omd.db import Database, Transaction
from omd.features.identity.people import commands
from omd.features.identity.people.errors import SecondFactorRequired, SignInRefused, TooManyAttempts
from omd.features.identity.people.events import Kind, record, record_refusal
from omd.features.identity.people.letters import link_letter
from omd.features.identity.people.model import Language, Origin, Person, SessionRules, normal_email
from omd.features.identity.people.oidc import Identity
from omd.features.identity.people.passwords import Passwords, normal_password, require_good_password
from omd.features.identity.people.sessions import Sessions, SignedIn, require_fresh
from omd.infra.keyring import Keyring
from omd.infra.mail import Letter, Outbox
from omd.infra.throttle import Bucket, Throttle
from omd.kernel.clock import Clock
from omd.kernel.errors import OmdError

ATTEMPTS = Counter("omd_sign_in_attempts_total", "Attempts at the way in, by kind and outcome.", ["kind", "outcome"])

NOTHING_SHOWN = commands.ShownCode()


class Attempt(msgspec.Struct, frozen=True):
    """What somebody shows who wants to sign in."""

    email: str
    password: str
    shown: commands.ShownCode = NOTHING_SHOWN


class Reception:
    """Lets people in, for the HTTP edge."""

    def __init__(
        self,
        db: Database,
        *,
        outbox: Outbox,
        sessions: Sessions,
        passwords: Passwords,
        throttle: Throttle,
        keyring: Keyring,
        clock: Clock,
        public_url: str,
    ) -> None:
        self._db = db
        self._outbox = outbox
        self._sessions = sessions
        self._passwords = passwords
        self._throttle = throttle
        self._keyring = keyring
        self._clock = clock
        self._public_url = public_url

    @property
    def rules(self) -> SessionRules:
        """How long sessions last."""
        return self._sessions.rules

    async def sign_in(self, attempt: Attempt, origin: Origin, *, former_token: str | None) -> str:
        """Begin a session for who shows the right password and code, and return its token.

        Raises `SignInRefused`, `SecondFactorRequired`, `TooManyAttempts` or `SignInBusy`. Whoever has no account gets
        the same answers in the same time.
        """
        email = normal_email(attempt.email)
        mark = self._keyring.fingerprint(email, "email")
        buckets = sign_in_buckets(mark.hex(), origin.neighbourhood)
        await self._take("sign_in", buckets.always)
        found = await self._find(email, origin)
        if not found.comes_from_known_address:
            await self._take("sign_in", [buckets.of_account])
        person, now = found.person, self._clock.now()
        kept_hash = found.credentials.password_hash if found.credentials is not None else None
        password = normal_password(attempt.password)
        is_right = await self._passwords.is_right(kept_hash, password)
        if person is None or person.is_disabled or not is_right:
            await self._refuse("sign_in", commands.refused(), person, mark, origin)
        assert kept_hash is not None, "nothing is right without a hash"
        new_hash = await self._passwords.hash(password) if self._passwords.is_outdated(kept_hash) else None
        proof = commands.Proof(kept_hash, attempt.shown, new_hash)

        async def begin(tx: Transaction) -> tuple[str, int | None]:
            second = await commands.prove(tx, person.id, proof, keyring=self._keyring, now=now)
            await record(tx, "sign_in", user_id=person.id, origin=origin, now=now)
            former_user_id = await commands.end_former_session(tx, former_token, now)
            begun = await commands.begin_session(
                tx, person.id, second_factor=second, rules=self.rules, origin=origin, now=now
            )
            return begun, former_user_id

        try:
            token, former_user_id = await self._db.write(None, begin)
        except (SignInRefused, SecondFactorRequired) as refusal:
            await self._refuse("sign_in", refusal, person, mark, origin)
        if former_user_id is not None:
            await self._sessions.forget(former_user_id)
        await self._throttle.give_back([each.key for each in buckets.always[:1]])
        await self._throttle.clear([each.key for each in (*buckets.always[1:], buckets.of_account)])
        ATTEMPTS.labels("sign_in", "ok").inc()
        return token

    async def sign_in_by_provider(
        self,
        identity: Identity,
        origin: Origin,
        *,
        former_token: str | None,
        shown: commands.ShownCode = NOTHING_SHOWN,
    ) -> str:
        """Begin a session for whom a provider knows, and return its token.

        Raises `SignInRefused` when nobody here has this account or its verified e-mail, or a code is not right;
        `SecondFactorRequired` for who has a second factor here and has shown nothing of it; `TooManyAttempts`.
        """
        now = self._clock.now()
        mark = self._keyring.fingerprint(f"{identity.issuer} {identity.subject}", "subject")
        buckets = sign_in_buckets(mark.hex(), origin.neighbourhood)
        counted = [*buckets.always, buckets.of_account] if shown != NOTHING_SHOWN else []
        if counted:
            await self._take("provider_sign_in", counted)
        known: list[Person] = []

        async def begin(tx: Transaction) -> tuple[str, int | None]:
            person = await commands.find_by_identity(tx, identity)
            known[:] = [person]
            second = await commands.prove_identity(tx, person.id, identity, shown, keyring=self._keyring, now=now)
            await record(tx, "provider_sign_in", user_id=person.id, origin=origin, now=now)
            former_user_id = await commands.end_former_session(tx, former_token, now)
            begun = await commands.begin_session(
                tx, person.id, second_factor=second, rules=self.rules, origin=origin, now=now
            )
            return begun, former_user_id

        try:
            token, former_user_id = await self._db.write(None, begin)
        except (SignInRefused, SecondFactorRequired) as refusal:
            await self._refuse("provider_sign_in", refusal, known[0] if known else None, mark, origin)
        if former_user_id is not None:
            await self._sessions.forget(former_user_id)
        if counted:
            await self._throttle.give_back([counted[0].key])
            await self._throttle.clear([each.key for each in counted[1:]])
        ATTEMPTS.labels("provider_sign_in", "ok").inc()
        return token

    async def change_password(self, signed_in: SignedIn, old: str, new: str, origin: Origin) -> str:
        """Change a person's password, end all their sessions, and return the token of a new one.

        Raises `SignInRefused` when the old one is not right, `InvalidInput` when the new one is not taken, and
        `SignInAgain` where the old one proves too little: there is none, or a second factor stands beside it.
        """
        user_id, now = signed_in.session.user_id, self._clock.now()
        async with self._db.transaction(None) as tx:
            person, kept_hash = await commands.find_by_id(tx, user_id)
        if kept_hash is None or signed_in.session.second_factor:
            require_fresh(signed_in, now)
        chosen = require_good_password(new, person.email, "/new_password")
        mark = self._keyring.fingerprint(person.email, "email")
        bucket = Bucket(f"password:{user_id}", free=5, first_seconds=2, most_seconds=300)
        await self._take("password_change", [bucket])
        if kept_hash is not None and not await self._passwords.is_right(kept_hash, normal_password(old)):
            await self._refuse("password_change", commands.refused(), person, mark, origin)
        new_hash = await self._passwords.hash(chosen)

        async def change(tx: Transaction) -> str:
            await commands.change_password(tx, user_id, checked_hash=kept_hash, new_hash=new_hash, now=now)
            await record(tx, "password_change", user_id=user_id, origin=origin, now=now)
            return await commands.begin_session(
                tx,
                user_id,
                second_factor=signed_in.session.second_factor,
                working_omd_id=signed_in.session.working_omd_id,
                rules=self.rules,
                origin=origin,
                now=now,
            )

        token = await self._db.write(None, change)
        await self._sessions.forget(user_id)
        await self._throttle.clear([bucket.key])
        return token

    async def ask_reset(self, email: str, origin: Origin) -> None:
        """Make a link for a new password and put down the letter that carries it.

        The same is written for an e-mail that nobody has, its letter to nobody. Raises `TooManyAttempts`, for those
        too.
        """
        email, now = normal_email(email), self._clock.now()
        mark = self._keyring.fingerprint(email, "email")
        await self._take("password_reset_request", reset_buckets(mark.hex(), origin.neighbourhood))

        async def ask(tx: Transaction) -> None:
            token = await commands.create_link(tx, purpose="password_reset", email=email, now=now)
            person = (await commands.find_by_email(tx, email, address=origin.address, since=now)).person
            user_id = person.id if person is not None else None
            await record(
                tx,
                "password_reset_request",
                user_id=user_id,
                email_mark=None if user_id is not None else mark,
                origin=origin,
                now=now,
            )
            letter = link_letter(
                "password_reset",
                email="" if person is None or person.is_disabled else person.email,
                language="en" if person is None else person.language,
                public_url=self._public_url,
                token=token,
            )
            await self._outbox.put(tx, letter)

        await self._db.write(None, ask)

    def invitation_letter(self, *, email: str, language: Language, token: str) -> Letter:
        """Return the letter that invites somebody."""
        return link_letter("invitation", email=email, language=language, public_url=self._public_url, token=token)

    async def redeem_reset(self, token: str, password: str, origin: Origin) -> None:
        """Give whoever holds the link another password and end all their sessions.

        Raises `LinkNotValid`, or `InvalidInput` for a password that is not taken: the link is then still good.
        """
        now = self._clock.now()
        async with self._db.transaction(None) as tx:
            email = await commands.find_link(tx, token, "password_reset", now)
        new_hash = await self._passwords.hash(require_good_password(password, email))

        async def redeem(tx: Transaction) -> Person:
            person = await commands.redeem_password_reset(tx, token, new_hash, now)
            await record(tx, "password_reset", user_id=person.id, origin=origin, now=now)
            return person

        person = await self._db.write(None, redeem)
        await self._sessions.forget(person.id)
        # Whoever reads the person's mail is the person: others' failures must not keep them out.
        buckets = sign_in_buckets(self._keyring.fingerprint(email, "email").hex(), origin.neighbourhood)
        await self._throttle.clear([each.key for each in (*buckets.always[1:], buckets.of_account)])

    async def redeem_invitation(
        self, token: str, *, name: str, password: str, language: Language | None, origin: Origin
    ) -> None:
        """Let an invited person choose name and password.

        Raises `LinkNotValid`, `AlreadyRegistered`, or `InvalidInput` for a password that is not taken.
        """
        now = self._clock.now()
        async with self._db.transaction(None) as tx:
            email = await commands.find_link(tx, token, "invitation", now)
        new_hash = await self._passwords.hash(require_good_password(password, email))

        async def redeem(tx: Transaction) -> None:
            person = await commands.redeem_invitation(
                tx, token, name=name, language=language, new_hash=new_hash, now=now
            )
            await record(tx, "invitation", user_id=person.id, origin=origin, now=now)

        await self._db.write(None, redeem)

    async def _find(self, email: str, origin: Origin) -> commands.Found:
        since = self._clock.now() - timedelta(days=commands.KNOWN_ADDRESS_DAYS)
        async with self._db.transaction(None) as tx:
            return await commands.find_by_email(tx, email, address=origin.address, since=since)

    async def _take(self, kind: Kind, buckets: list[Bucket]) -> None:
        wait = await self._throttle.take(buckets, self._clock.now())
        if wait == 0:
            return
        ATTEMPTS.labels(kind, TooManyAttempts.code).inc()
        raise TooManyAttempts(
            f"Too many attempts failed. Try again in {wait} seconds, or ask for a new password.", retry_after=wait
        )

    async def _refuse(
        self, kind: Kind, refusal: OmdError, person: Person | None, mark: bytes, origin: Origin
    ) -> NoReturn:
        """Keep the refusal for the audit, and raise it."""
        user_id = person.id if person is not None else None
        ATTEMPTS.labels(kind, refusal.code).inc()
        await record_refusal(
            self._db,
            kind,
            refusal.code,
            user_id=user_id,
            email_mark=mark if person is None else None,
            origin=origin,
            now=self._clock.now(),
        )
        raise refusal


class SignInBuckets(msgspec.Struct, frozen=True):
    """Where attempts to sign in are counted: by address, by account and address, and by account.

    The last one does not hold up who comes from an address at which the account was signed in lately: nobody can keep
    somebody out of their own account by failing in their name.
    """

    always: list[Bucket]
    of_account: Bucket


def sign_in_buckets(account: str, address: str) -> SignInBuckets:
    """Return the buckets of an account, by its mark, and of where an attempt comes from.

    Hotels have one address for all staff; whoever has an IPv6 address has its neighbours too, hence `neighbourhood`.
    """
    return SignInBuckets(
        [
            Bucket(f"address:{address}", free=50, first_seconds=1, most_seconds=60),
            Bucket(f"pair:{account}:{address}", free=5, first_seconds=2, most_seconds=900),
        ],
        Bucket(f"account:{account}", free=10, first_seconds=1, most_seconds=300),
    )


def reset_buckets(account: str, address: str) -> list[Bucket]:
    """Return where requests for a new password are counted: nobody's mailbox is to be filled."""
    return [
        Bucket(f"reset-address:{address}", free=30, first_seconds=10, most_seconds=600),
        Bucket(f"reset:{account}", free=3, first_seconds=60, most_seconds=3600, forget_seconds=7200),
    ]
