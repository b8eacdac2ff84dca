"""Requests the token of a signature from a time stamp authority (RFC 3161). Called by `sign`."""

import secrets
import time
from hashlib import sha256

import httpx
from asn1crypto import algos, tsp

from services.kit.http.egress import new_outside_client
from services.pdfworker.signing.errors import TimeStampUnavailable

# A token with a chain of certificates has about 6,000.
MAX_RESPONSE_BYTES = 64 * 1024
CONTENT_TYPE = {"Content-Type": "application/timestamp-query"}


class TimeStampAuthority:
    """A time stamp authority at a URL, with a timeout in seconds for its whole response.

    With a `proxy` it is reached through that.
    """

    def __init__(self, url: str, seconds: float, proxy: str = "") -> None:
        self._url, self._seconds = url, seconds
        self._client = new_outside_client(proxy, timeout=seconds)

    def __call__(self, value: bytes) -> bytes:
        """Return the token, in DER, of a signature value. Raises TimeStampUnavailable.

        The signature of the token is not validated here. Verifiers do that, with the authorities that they
        trust.
        """
        imprint, nonce = sha256(value).digest(), secrets.randbits(63)
        query = tsp.TimeStampReq(
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
        body = self._send_query(query.dump())
        try:
            response = tsp.TimeStampResp.load(body, strict=True)
            granted = response["status"]["status"].native in ("granted", "granted_with_mods")
            token = response["time_stamp_token"]
            info = token["content"]["encap_content_info"]["content"].parsed
            is_same = info["message_imprint"]["hashed_message"].native == imprint
            is_right = granted and is_same and info["nonce"].native == nonce
        # asn1crypto does not document what it raises for malformed bytes.
        except Exception as error:
            raise _build_error("returned a malformed time stamp") from error
        if not is_right:
            raise _build_error("refused, or stamped something else")
        stamp: bytes = token.dump()
        return stamp

    def _send_query(self, body: bytes) -> bytes:
        deadline, received = time.monotonic() + self._seconds, b""
        try:
            with self._client.stream("POST", self._url, content=body, headers=CONTENT_TYPE) as response:
                if response.status_code != httpx.codes.OK:
                    raise _build_error(f"answered with status {response.status_code}")
                for chunk in response.iter_raw():
                    received += chunk
                    # A server that sends a byte now and then would never reach the timeout of a read.
                    if time.monotonic() > deadline or len(received) > MAX_RESPONSE_BYTES:
                        raise _build_error("was too slow or too long")
        # All that a wrong address, a proxy or a server can cause; an outage must not look like a bad letter.
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            raise _build_error(f"cannot be reached: {type(error).__name__}") from None
        return received


def _build_error(reason: str) -> TimeStampUnavailable:
    return TimeStampUnavailable(f"مهر زمانی گرفته نشد / the time stamp authority {reason}")
