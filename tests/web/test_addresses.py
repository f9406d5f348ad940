from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web.addresses import is_public

# (range, is the address just before it public, is the one just after it public)
RANGES = [
    ("0.0.0.0/8", None, True),
    ("10.0.0.0/8", True, True),
    ("100.64.0.0/10", True, True),
    ("127.0.0.0/8", True, True),
    ("168.63.129.16/32", True, True),
    ("169.254.0.0/16", True, True),
    ("172.16.0.0/12", True, True),
    ("192.0.0.0/24", True, True),
    ("192.0.2.0/24", True, True),
    ("192.31.196.0/24", True, True),
    ("192.52.193.0/24", True, True),
    ("192.88.99.0/24", True, True),
    ("192.168.0.0/16", True, True),
    ("192.175.48.0/24", True, True),
    ("198.18.0.0/15", True, True),
    ("198.51.100.0/24", True, True),
    ("203.0.113.0/24", True, True),
    ("224.0.0.0/4", True, False),
    ("240.0.0.0/4", False, None),
    ("::/96", None, False),
    ("::ffff:0:0/96", False, False),
    ("64:ff9b::/96", False, False),
    ("64:ff9b:1::/48", False, False),
    ("100::/64", False, False),
    ("::/3", None, True),
    ("2001::/23", True, True),
    ("2001:db8::/32", True, True),
    ("2002::/16", True, True),
    ("2620:4f:8000::/48", True, True),
    ("3ffe::/16", True, False),
    ("3fff::/20", False, True),
    ("4000::/2", True, False),
    ("fc00::/7", False, False),
    ("fe80::/10", False, False),
    ("fec0::/10", False, False),
    ("ff00::/8", False, None),
]

ADDRESSES = st.ip_addresses()


@pytest.mark.parametrize(("network", "before", "after"), RANGES)
def test_a_closed_range_ends_exactly_where_it_ends(
    network: str,
    before: bool | None,  # noqa: FBT001 - a column of the table
    after: bool | None,  # noqa: FBT001 - the same
) -> None:
    closed = ip_network(network)
    first, last = closed[0], closed[-1]

    assert not is_public(first)
    assert not is_public(last)
    if before is not None:
        assert is_public(first - 1) is before
    if after is not None:
        assert is_public(last + 1) is after


@pytest.mark.parametrize(
    "metadata",
    [
        "169.254.169.254",
        "169.254.170.2",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
    ],
)
def test_no_clouds_metadata_is_public(metadata: str) -> None:
    assert not is_public(metadata)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1", "2a00:1450:4001::1"])
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(address)
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_no_ipv6_address_with_an_ipv4_address_inside_is_public(inner: IPv4Address) -> None:
    number = int(inner)
    inverted = number ^ 0xFFFF_FFFF
    wrapped = [
        IPv6Address(0xFFFF << 32 | number),  # mapped
        IPv6Address(number),  # compatible
        IPv6Address(0xFFFF << 48 | number),  # translated
        IPv6Address(0x0064_FF9B << 96 | number),  # NAT64
        IPv6Address(0x0064_FF9B_0001 << 80 | number),  # local NAT64
        IPv6Address(0x2002 << 112 | number << 80),  # 6to4
        IPv6Address(0x2001_0000 << 96 | inverted),  # Teredo client
        IPv6Address(0x2001_0000 << 96 | number << 64),  # Teredo server
        IPv6Address(0x2A00_1450 << 96 | 0x5EFE << 32 | number),  # ISATAP
        IPv6Address(0x2A00_1450 << 96 | 0x0200_5EFE << 32 | number),  # ISATAP, a unique address
    ]
    assert [address for address in wrapped if is_public(address)] == []


@given(ADDRESSES)
def test_what_is_public_is_global_to_the_standard_library_too(
    address: IPv4Address | IPv6Address,
) -> None:
    assert not is_public(address) or address.is_global


@given(ADDRESSES)
def test_the_text_of_an_address_counts_like_the_address(
    address: IPv4Address | IPv6Address,
) -> None:
    assert is_public(str(address)) == is_public(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com",
        "8.8",
        "134744072",
        "0x08080808",
        "8.8.8.08",
        "010.8.8.8",
        "8.8.8.8.",
        " 8.8.8.8",
        "8.8.8.8/32",
        "[2a00:1450::1]",
        "2a00:1450::1%eth0",
        "\uff18.8.8.8",
    ],
)
def test_what_is_not_one_address_in_its_standard_spelling_is_not_public(text: str) -> None:
    assert not is_public(text)


def test_the_machines_own_public_addresses_are_closed_where_they_are_given() -> None:
    own = {ip_address("8.8.4.4"), ip_address("2a00:1450::7")}

    assert not is_public("8.8.4.4", own)
    assert not is_public("2a00:1450:0::7", own)
    assert is_public("8.8.4.5", own)
    assert is_public("8.8.4.4")
