"""The public keys that verify letters, with Govah's public address. Called by `routes`."""

import structlog

from govah_verify.trust import Trust, TrustUnusable, load_trust
from services.inquiry.settings import Settings

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
