"""The network that an address belongs to. All limits count networks, not addresses."""

import ipaddress

# A household or a firm gets a /64 at least, and may use any address of it.
IPV6_PREFIX = 64


def find_network(address: str) -> str:
    """Return the network that limits count: an IPv4 address itself, of an IPv6 address its /64.

    An IPv4-mapped IPv6 address is the IPv4 address. Anything else is returned unchanged: a unix socket has no
    address, so all its callers are one source.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((int(parsed), IPV6_PREFIX), strict=False))
