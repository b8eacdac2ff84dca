"""Asks a time stamp authority (RFC 3161) for the token of a signature. Called by `sign` where one is set."""

import secrets
import time
from hashlib import sha256

import httpx
from asn1crypto import algos, tsp

from services.pdfworker.signing.errors import TimeStampUnavailable

# Bytes; a token with a chain of certificates has some 6,000.
LONGEST_ANSWER = 64 * 1024
CONTENT_TYPE = {"Content-Type": "application/timestamp-query"}


class TimeStampAuthority:
    """An authority at a URL, which gets `seconds` in all for its answer."""

    def __init__(self, url: str, seconds: float) -> None:
        self._url, self._seconds = url, seconds
        self._client = httpx.Client(timeout=seconds, follow_redirects=False)

    def __call__(self, value: bytes) -> bytes:
        """Return the token, in DER, of a signature's value. Raises TimeStampUnavailable.

        The token's own signature is not checked here: whoever relies on the time does so, with a list of
        authorities that he trusts.
        """
        imprint, nonce = sha256(value).digest(), secrets.randbits(63)
        asked = tsp.TimeStampReq(
            {
                "version": 1,
                "message_imprint": {
                    "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                    "hashed_message": imprint,
                },
                "nonce": nonce,
                "cert_req": True,
            }
        )
        answer = self._ask(asked.dump())
        try:
            response = tsp.TimeStampResp.load(answer, strict=True)
            granted = response["status"]["status"].native in ("granted", "granted_with_mods")
            token = response["time_stamp_token"]
            told = token["content"]["encap_content_info"]["content"].parsed
            same = told["message_imprint"]["hashed_message"].native == imprint
            fits = granted and same and told["nonce"].native == nonce
        # Whatever asn1crypto raises about bytes that are no answer, and there is no list of it.
        except Exception as error:
            raise _unavailable("answered what is no time stamp") from error
        if not fits:
            raise _unavailable("refused, or stamped something else")
        stamp: bytes = token.dump()
        return stamp

    def _ask(self, body: bytes) -> bytes:
        deadline, answer = time.monotonic() + self._seconds, b""
        try:
            with self._client.stream("POST", self._url, content=body, headers=CONTENT_TYPE) as response:
                if response.status_code != httpx.codes.OK:
                    raise _unavailable(f"answered with status {response.status_code}")
                for chunk in response.iter_raw():
                    answer += chunk
                    # One that sends a byte now and then would never meet the time-out of a read.
                    if time.monotonic() > deadline or len(answer) > LONGEST_ANSWER:
                        raise _unavailable("was too slow or too long")
        except httpx.TransportError as error:
            raise _unavailable(f"cannot be reached: {type(error).__name__}") from None
        return answer


def _unavailable(reason: str) -> TimeStampUnavailable:
    return TimeStampUnavailable(f"مهر زمانی گرفته نشد / the time stamp authority {reason}")
