"""Ways to write an address that is inside, from plain to sly. `{port}` is the listener's."""

from __future__ import annotations

_HOSTS = r"""
    127.0.0.1
    127.0.0.1.
    127.0.0.1..
    127.1
    127.0.1
    127.0.0.01
    127.00.00.01
    127.000.000.001
    127.1.1.1
    127.255.255.254
    0177.0.0.1
    0177.0.0.01
    0177.0.1
    0177.1
    00000177.0.0.1
    017700000001
    0x7f.0.0.1
    0x7F.0.0.1
    0x7f.0.1
    0x7f.1
    0x7f000001
    0X7F000001
    0x7f.0x0.0x0.0x1
    0x000000000000007f000001
    0x7f.0.0.01
    0177.0x0.0.1
    2130706433
    2130706433.
    4294967297
    127.65535.1
    127.0.65537
    0.0.0.0
    0.0
    0
    00
    0x0
    localhost
    LOCALHOST
    localhost.
    localhost.localdomain
    a.localhost
    ip6-localhost
    %31%32%37.0.0.1
    127%2e0%2e0%2e1
    %6cocalhost
    [::1]
    [0:0:0:0:0:0:0:1]
    [0000:0000:0000:0000:0000:0000:0000:0001]
    [::0001]
    [0::1]
    [::0.0.0.1]
    [::]
    [0:0:0:0:0:0:0:0]
    [::1%25lo]
    [::ffff:127.0.0.1]
    [::FFFF:127.0.0.1]
    [::ffff:7f00:1]
    [0:0:0:0:0:ffff:7f00:0001]
    [::127.0.0.1]
    [::7f00:1]
    [::ffff:0:127.0.0.1]
    [64:ff9b::127.0.0.1]
    [64:ff9b::7f00:1]
    [64:ff9b:1::7f00:1]
    [2002:7f00:1::]
    [2002:7f00:0001::1]
    [2001:0:7f00:1::]
    [2001::80ff:fffe]
    [2a00:1450::5efe:7f00:1]
    [fe80::1]
    [fe80::1%25lo]
    [fec0::1]
    [fc00::1]
    [fd00::1]
    [fd00:ec2::254]
    [ff02::1]
    [100::1]
    [2001:db8::1]
    [3fff::1]
    10.0.0.1
    10.1
    0x0a000001
    167772161
    012.0.0.1
    172.16.0.1
    172.31.255.255
    192.168.0.1
    192.168.1
    3232235521
    0300.0250.0.1
    169.254.169.254
    169.254.43518
    2852039166
    0xa9fea9fe
    0251.0376.0251.0376
    [::ffff:169.254.169.254]
    [::ffff:a9fe:a9fe]
    169.254.170.2
    168.63.129.16
    100.100.100.200
    100.64.0.1
    192.0.0.192
    198.18.0.1
    224.0.0.1
    239.255.255.250
    240.0.0.1
    255.255.255.255
    metadata.google.internal
    intranet
    xn--localhost-.example
"""

_TRICKS = [
    "http://someone@127.0.0.1:{port}/",
    "http://@127.0.0.1:{port}/",
    "http://:@127.0.0.1:{port}/",
    "http://someone:secret@[::1]:{port}/",
    "http://public.example@127.0.0.1:{port}/",
    "http://public.example:80@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@public.example:{port}/",
    "http://127.0.0.1:{port}%2f@public.example:{port}/",
    "http://public.example:{port}#@127.0.0.1:{port}/",
    "http://public.example:{port}?@127.0.0.1:{port}/",
    "http://public.example\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@public.example:{port}/",
    "http://127.0.0.1:{port},public.example/",
    "http://127.0.0.1:{port}:80/",
    "http://127.0.0.1:000{port}/",
    "http://127.0.0.1:+{port}/",
    "http://[127.0.0.1]:{port}/",
    "http://[::1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}\\",
    "//127.0.0.1:{port}/",
    "\\\\127.0.0.1:{port}\\",
    " http://127.0.0.1:{port}/",
    "\x00http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.\t0.1:{port}/",
    "http://127.0.0.1%00:{port}/",
    "http://127.0.0.1 :{port}/",
    "http://\u200b127.0.0.1:{port}/",
    "http://loc\u00adalhost:{port}/",
    "http://127.0.0.1:{port}/\r\nHost: public.example",
    "HTTP://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "ws://127.0.0.1:{port}/",
    "tcp://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET%20/",
    "view-source:http://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "data:text/html,<title>inside</title>",
    "javascript:alert(1)",
]

# Digits, letters and dots that become plain ones when a name is normalised, by their first.
_ZEROES = ["0", "\uff10", "\u0660", "\U0001d7ce", "\U0001d7d8"]
_DOTS = [".", "\u3002", "\uff0e", "\uff61"]
_LETTERS = ["\u24d0", "\uff41", "\U0001d41a"]


def _look_alikes() -> list[str]:
    addresses = [
        "127.0.0.1".translate({digit: ord(zero) + digit - ord("0") for digit in range(48, 58)})
        for zero in _ZEROES
    ]
    names = [
        "localhost".translate({letter: ord(a) + letter - ord("a") for letter in range(97, 123)})
        for a in _LETTERS
    ]
    dotted = [address.replace(".", dot) for address in addresses for dot in _DOTS]
    return [*dotted[1:], *names, "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460"]


SPELLINGS = [f"http://{host}:{{port}}/" for host in (*_HOSTS.split(), *_look_alikes())] + _TRICKS
