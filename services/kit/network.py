"""Which network an address belongs to. Every limit that counts addresses counts these."""

import ipaddress

# A household or a firm gets a /64 at least, and may use any address of it.
IPV6_PREFIX = 64


def find_network(address: str) -> str:
    """Return the network that limits count: an IPv4 address itself, of an IPv6 address its /64.

    An IPv4-mapped IPv6 address is the IPv4 address. Anything else comes back as it is: a unix socket has no
    address, so all who come that way are one source.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((int(parsed), IPV6_PREFIX), strict=False))
