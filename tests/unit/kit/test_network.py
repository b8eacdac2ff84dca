"""Which addresses are one network."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.network import find_network


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:c000:207", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", "unix:"),
        ("192.0.2.7:80", "192.0.2.7:80"),
    ],
)
def test_a_network_is_an_ipv4_address_or_a_64(address: str, network: str) -> None:
    assert find_network(address) == network


@given(st.ip_addresses(v=6, network="2001:db8::/32"), st.integers(0, 2**64 - 1))
def test_all_of_a_64_are_one(address: ipaddress.IPv6Address, host: int) -> None:
    other = ipaddress.IPv6Address(int(address) >> 64 << 64 | host)
    assert find_network(str(other)) == find_network(str(address))
    beside = ipaddress.IPv6Address(int(address) ^ 1 << 64)
    assert find_network(str(beside)) != find_network(str(address))
