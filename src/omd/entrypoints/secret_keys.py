"""Where the keys come from that encrypt secrets."""

from omd.entrypoints.settings import Settings
from omd.infra.keyring import Keyring, SecretKeysInvalid, keys_in


def keys_for(settings: Settings) -> str:
    """Return the keys of the settings, or of the home folder where the database is embedded in it.

    Raises `SecretKeysInvalid` for malformed keys, and for a server of one's own without any: keys that were made up
    at every start would lose what they encrypted, and keys kept beside the data protect nothing.
    """
    if settings.secret_keys is not None:
        Keyring.parse(settings.secret_keys)
        return settings.secret_keys
    if settings.database_url is not None:
        raise SecretKeysInvalid(
            "Set OMD_SECRET_KEYS: they encrypt second factors and identity documents. Make one by `omd key create`, "
            "keep a copy apart from the database, and give every server the same."
        )
    return keys_in(settings.home)
