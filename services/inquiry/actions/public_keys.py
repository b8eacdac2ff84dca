"""The public keys by which letters are checked, with our public address. Called by `routes`."""

import structlog

from govah_verify.trust import Trust, TrustUnusable, load_trust
from services.inquiry.settings import Settings

log = structlog.get_logger()


def load_public_keys(settings: Settings) -> Trust | None:
    """Return the public keys, None where no file of them is set. Raises TrustUnusable."""
    if settings.letter_trust_file is None:
        return None
    return load_trust(settings.letter_trust_file).at([settings.public_url])


def load_usable_keys(settings: Settings) -> Trust | None:
    """Return the public keys, None also for a file that cannot be used."""
    try:
        return load_public_keys(settings)
    except TrustUnusable as error:
        # /readyz warns of it; what the register knows is answered all the same.
        log.error("trust.unusable", reason=str(error))  # noqa: TRY400 -- the sentence says it all
        return None
