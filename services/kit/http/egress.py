"""HTTP to what stands outside of Govah, through the egress proxy if there is one (`GOVAH_EGRESS_PROXY`).

Time stamps, messages and inquiries about mobiles take their client from here. The services of Govah call each
other directly, by `client`.
"""

from collections.abc import Mapping

import httpx


def new_outside_client(
    proxy: str,
    *,
    timeout: float | httpx.Timeout,
    headers: Mapping[str, str] | None = None,
    connections: int = 10,
    transport: httpx.BaseTransport | None = None,
) -> httpx.Client:
    """Return a client whose calls go through the proxy, or directly if that is empty.

    `connections` is how many calls run simultaneously. Redirects are not followed: they would leave the
    address that the operator has allowed.
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.Client(
        proxy=proxy or None,
        timeout=timeout,
        headers=headers,
        limits=limits,
        follow_redirects=False,
        transport=transport,
    )
