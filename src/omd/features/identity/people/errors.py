"""What is refused at the way in."""

from omd.kernel.errors import NotFound, OmdError


class SignInRefused(OmdError):
    """E-mail, password or code are not right; which of them is not said."""

    code = "sign_in_refused"
    status = 401
    title = "Signing in was refused"


class SecondFactorRequired(OmdError):
    """The password is right, or the provider vouches, and the account asks for a code besides."""

    code = "second_factor_required"
    status = 401
    title = "A code is needed"


class TooManyAttempts(OmdError):
    """Too many attempts failed; a while must pass before the next is looked at."""

    code = "too_many_attempts"
    status = 429
    title = "Too many attempts"


class SignInBusy(OmdError):
    """More people sign in at once than passwords can be checked."""

    code = "sign_in_busy"
    status = 503
    title = "Too many are signing in just now"


class CsrfRefused(OmdError):
    """A change came with a session's cookie, but not from a page of this site."""

    code = "csrf_refused"
    status = 403
    title = "This change did not come from this site"


class LinkNotValid(OmdError):
    """The link is unknown, used or too old."""

    code = "link_not_valid"
    status = 410
    title = "The link is not valid any more"


class AlreadyRegistered(OmdError):
    """The invited person has a password already."""

    code = "already_registered"
    status = 409
    title = "There is an account already"


class EmailTaken(OmdError):
    """A user with this e-mail is there already."""

    code = "email_taken"
    status = 409
    title = "The e-mail is taken"


class UserNotFound(NotFound):
    """No user has this e-mail."""

    code = "user_not_found"
    title = "There is no such user"


class SecondFactorStands(OmdError):
    """The account has a second factor already."""

    code = "second_factor_stands"
    status = 409
    title = "There is a second factor already"


class SecondFactorNotBegun(OmdError):
    """There is no second factor to confirm or remove."""

    code = "no_second_factor"
    status = 409
    title = "There is no second factor"


class ProviderNotFound(NotFound):
    """No such provider is set up."""

    code = "provider_not_found"
    title = "There is no such provider"


class ProviderRefused(OmdError):
    """What came back from the provider does not prove who is signing in."""

    code = "provider_refused"
    status = 401
    title = "Signing in by the provider was refused"


class ProviderUnavailable(OmdError):
    """The provider cannot be reached, or does not answer as OpenID Connect asks."""

    code = "provider_unavailable"
    status = 503
    title = "The provider is away"


class SignInAgain(OmdError):
    """The change takes a session that began a moment ago."""

    code = "sign_in_again"
    status = 403
    title = "Sign in again first"
