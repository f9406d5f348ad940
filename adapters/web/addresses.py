"""Which addresses are public: those that a page fetch may connect to.

IPv4 is everything except the ranges below. IPv6 is the one block that IANA hands out as global
unicast, 2000::/3, except the ranges below: loopback, mapped, compatible and NAT64 addresses,
unique-local, link-local, site-local and multicast ones all lie outside it.

Sources: the IANA special-purpose registries for IPv4 and IPv6, the IANA IPv6 global unicast
registry, and the metadata addresses that cloud providers publish. The list is explicit because
`ipaddress.is_global` differs between Python releases, and on 3.11 lets NAT64, 6to4, site-local
and multicast addresses pass.
"""

from __future__ import annotations

from collections.abc import Container
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

IPAddress = IPv4Address | IPv6Address

_CLOSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network; 0.0.0.0 connects to the machine itself
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT, and the metadata of one cloud (100.100.100.200)
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # the host agent of one cloud, on a public address
        "169.254.0.0/16",  # link-local, and the metadata of most clouds (169.254.169.254)
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and the metadata of one cloud (192.0.0.192)
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # multicast tunnelling
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

_GLOBAL_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # the former 6bone
        "3fff::/20",  # documentation
    )
)

# RFC 5214: an ISATAP interface id is one of these followed by an IPv4 address.
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


def is_public(ip: str | IPAddress, own: Container[IPAddress] = ()) -> bool:
    """Say whether a page fetch may connect to `ip`.

    What is not one address in its standard spelling (`127.1`, `017700000001`, a name, an address
    with a zone) is not public. `own` holds further addresses that are refused: those of this
    machine's interfaces, where they are public ones.
    """
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    if address in own:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    return _is_public_v6(address)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in _GLOBAL_V6:
        return False
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return False
    return not any(address in network for network in _CLOSED_V6)
