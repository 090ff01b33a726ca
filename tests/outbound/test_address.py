"""Which addresses may be called: the public internet, and what operators allow."""

import pytest

from failwell.core.exceptions import FailwellError
from failwell.outbound.address import AddressGuard

PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "100::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_are_refused(host):
    """The machine, its network and the clouds' metadata services are not for callers."""
    assert not AddressGuard().allows(host, 80)


@pytest.mark.parametrize(
    "host",
    ["93.184.215.14", "8.8.8.8", "2606:4700::6810:84e5", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_public_addresses_are_allowed(host):
    """The public internet may be called."""
    assert AddressGuard().allows(host, 443)


@pytest.mark.parametrize("host", ["localhost", "", "2130706433", "0x7f.1", "127.1", "1.2.3.4.5"])
def test_names_are_not_addresses(host):
    """The guard judges what a socket connects to, and nothing that still needs resolving."""
    assert not AddressGuard(["0.0.0.0/0"]).allows(host, 80)


def test_operators_allow_networks():
    """What is allowed by network is allowed on every port."""
    guard = AddressGuard(["10.0.0.0/8", "fd00::/8"])

    assert guard.allows("10.1.2.3", 1)
    assert guard.allows("::ffff:10.1.2.3", 1)
    assert guard.allows("fd12::1", 65535)
    assert not guard.allows("192.168.0.1", 1)


def test_operators_allow_single_ports():
    """The bundled hosts are allowed without opening the machine they run on."""
    guard = AddressGuard(["127.0.0.1:8801", "[::1]:8801", "10.0.0.0/8:80"])

    assert guard.allows("127.0.0.1", 8801)
    assert guard.allows("::1", 8801)
    assert guard.allows("10.9.9.9", 80)
    assert not guard.allows("127.0.0.1", 22)
    assert not guard.allows("::1", 80)
    assert not guard.allows("10.9.9.9", 443)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "127.0.0.1:x",
        "127.0.0.1:0",
        "1.1.1.1:99999",
        "[::1",
    ],
)
def test_mistakes_in_the_list_are_told(text):
    """A list that cannot be understood is refused at start, with what was expected."""
    with pytest.raises(FailwellError, match=r"cannot allow .*expected a network"):
        AddressGuard([text])
