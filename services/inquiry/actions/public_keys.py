"""The public keys that verify letters and credentials. Called by `routes`."""

from collections.abc import Sequence

import structlog

from govah_verify.key_set import CredentialKey, KeySetUnusable, load_key_set
from govah_verify.trust import Trust, TrustUnusable, load_trust
from services.inquiry.settings import Settings
from services.kit.problems import NotFound, Unavailable

log = structlog.get_logger()


def load_public_keys(settings: Settings) -> Trust | None:
    """Return the public keys, or None if no file of them is configured. Raises TrustUnusable."""
    if settings.letter_trust_file is None:
        return None
    return load_trust(settings.letter_trust_file).add_public_urls([settings.public_url])


def load_usable_keys(settings: Settings) -> Trust | None:
    """Return the public keys, or None if no usable file of them is configured."""
    try:
        return load_public_keys(settings)
    except TrustUnusable as error:
        # /readyz warns of it. The register answers without keys too.
        log.error("trust.unusable", reason=str(error))  # noqa: TRY400 -- the sentence says it all
        return None


def load_credential_keys(settings: Settings) -> Sequence[CredentialKey]:
    """Return the public keys of credentials. Raises NotFound without a file, Unavailable for a bad one."""
    if settings.key_set_file is None:
        raise NotFound
    try:
        return load_key_set(settings.key_set_file)
    except KeySetUnusable as error:
        log.error("key-set.unusable", reason=str(error))  # noqa: TRY400 -- the sentence says it all
        raise Unavailable from error


def list_key_set_warnings(settings: Settings) -> list[str]:
    """Return a sentence if the file of credentials' public keys is unusable."""
    try:
        load_credential_keys(settings)
    except NotFound:
        return []
    except Unavailable as error:
        return [str(error.__cause__)]
    return []
