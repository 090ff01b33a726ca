"""Which addresses webhooks go to: their form, where they lead, and the last word at the socket."""

import ipaddress
import socket

import pytest

from failwell.outbound import connections
from failwell.outbound.address import AddressGuard
from failwell.outbound.attempt import AttemptSender
from failwell.outbound.target import (
    LONGEST_URL,
    InvalidTargetError,
    TargetRules,
    check_target,
    parse_target,
    resolve_target,
)
from tests.webhooks.endpoint_host import EndpointHost, http, listening

STRICT = TargetRules(guard=AddressGuard(strict=True))
PUBLIC = "93.184.215.14"
REFUSED = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/8",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
]
ODD_FORMS = [
    "127.1",
    "0x7f.1",
    "2130706433",
    "0",
    "localhost",
    "LOCALHOST",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "hooks.example.com.",
    "127.0.0.1",
    "0177.0.0.1",
    "127.0.0.1.",
    "0x7f000001",
    "1.2.3.4.5",
    "[::]",
    "0.0.0.0",
    "169.254.169.254",
    "[fd00:ec2::254]",
    "[::127.0.0.1]",
    "[::ffff:93.184.215.14]",
    "foo.0x7f",
    "%31%32%37.0.0.1",
    "[fe80::1%25eth0]",
    "[127.0.0.1]",
    "[v1.a]",
]


@pytest.fixture
async def host():
    """A receiver, listening on loopback."""
    async with listening(EndpointHost()) as host:
        yield host


@pytest.fixture
def names(monkeypatch):
    """Names and where they lead, in place of the name server."""
    known = {}
    real = socket.getaddrinfo

    def look_up(host, port, *args, **kwargs):
        if host not in known:
            return real(host, port, *args, **kwargs)
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, 1, 6, "", (address, port))
            for address in known[host]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


async def attempt(url, rules):
    sender = AttemptSender(rules)
    attempted = await sender.post(url, headers=(), body=b"{}", total=5)
    await sender.close()
    return attempted


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com",
        "https://hooks.example.com/in?k=v&sig=a%2Bb",
        "http://hooks.example.com:8080/in",
        "https://hooks.example.com:8443/",
        "https://xn--bcher-kva.example/",
        "https://under_score.example.com/",
        "HTTPS://Hooks.Example.COM/",
        f"http://{PUBLIC}/",
        "https://[2606:4700::6810:84e5]/",
    ],
)
def test_webhooks_w30_plain_addresses_are_accepted(url):
    """Any plain http or https address of a public host will do."""
    assert check_target(url, STRICT) is None


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "must begin with http:// or https://"),
        ("hooks.example.com", "must begin with http"),
        ("//hooks.example.com/", "must begin with http"),
        ("ftp://hooks.example.com/", "must begin with http"),
        ("file:///etc/passwd", "must begin with http"),
        ("javascript:alert(1)", "must begin with http"),
        ("https://user:secret@hooks.example.com/", "user name or password"),
        ("https://user@hooks.example.com/", "user name or password"),
        ("https://@hooks.example.com/", "user name or password"),
        ("https://hooks.example.com:443@127.0.0.1/", "user name or password"),
        ("https://hooks.example.com/#part", "fragment"),
        ("https://hooks.example.com/#", "fragment"),
        ("https://h\u00f6\u00f6ks.example.com/", "ASCII"),
        ("https://\uff11\uff12\uff17.0.0.1/", "ASCII"),
        ("https://hooks.example.com/\u00fc", "ASCII"),
        ("https://hooks.example.com/a b", "ASCII"),
        (" https://hooks.example.com/", "ASCII"),
        ("https://hooks.example.com/\n", "ASCII"),
        ("https://hooks.example.com\\@127.0.0.1/", "ASCII"),
        ("https://hooks.example.com:22/", "a port that is not called; expected 80, 443, 1024"),
        ("https://hooks.example.com:0/", "port"),
        ("https://hooks.example.com:99999/", "is not an address"),
        ("https://hooks.example.com:+443/", "is not an address"),
        ("https://[::1", "is not an address"),
        ("https://", "host"),
        ("https:///in", "host"),
        ("https://a..b/", "host"),
        ("https://-a.example/", "host"),
        ("https://" + "a" * 64 + ".example/", "host"),
        ("https://example." + "a" * 64 + "/", "host"),
        ("https://" + "a." * 130 + "example/", "host"),
        ("https://hooks.example.com/" + "a" * LONGEST_URL, "longer than 2000 characters"),
    ],
)
async def test_webhooks_w30_other_addresses_are_refused_with_a_reason(url, problem):
    """What is wrong is said without repeating the address, and such an address is never called."""
    said = check_target(url, STRICT)

    assert said is not None
    assert problem in said
    assert "secret" not in said
    assert (await attempt(url, STRICT)).error == "invalid_target"


def test_webhooks_w30_https_only_is_a_switch():
    """Where only https is wanted, http is refused."""
    rules = TargetRules(guard=STRICT.guard, https_only=True)

    assert check_target("http://hooks.example.com/", rules) == "must use https"
    assert check_target("ftp://hooks.example.com/", rules) == "must begin with https://"
    assert check_target("https://hooks.example.com/", rules) is None


def test_webhooks_w30_ports_are_a_list():
    """Operators say which ports may be called."""
    rules = TargetRules(guard=STRICT.guard, ports=(range(443, 444), range(9000, 9010)))

    assert check_target("https://hooks.example.com:9009/", rules) is None
    assert "expected 443, 9000 to 9009" in check_target("http://hooks.example.com/", rules)


def test_webhooks_w30_one_parser_reads_what_is_checked_and_what_is_called():
    """The host that is checked is the host of the address that is called, as it was written."""
    target = parse_target("http://hooks.example.com:8080/a%2Fb?c=%20", STRICT)

    assert (target.raw_host, target.port) == ("hooks.example.com", 8080)
    assert str(target) == "http://hooks.example.com:8080/a%2Fb?c=%20"
    with pytest.raises(InvalidTargetError, match="is not an address"):
        parse_target("https://hooks.example.com:x/", STRICT)


@pytest.mark.parametrize("network", REFUSED)
def test_webhooks_w31_refused_networks(network):
    """No address of these networks is called: the first, the last and one between."""
    whole = ipaddress.ip_network(network)
    between = whole.network_address + whole.num_addresses // 3

    for address in (whole.network_address, between, whole.broadcast_address):
        assert not STRICT.guard.allows(str(address), 443)


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "1.1.1.1", "2606:4700::6810:84e5", "2a00:1450:4001:81b::200e"]
)
def test_webhooks_w31_the_public_internet_is_open(address):
    """The strict guard leaves the public internet open."""
    assert STRICT.guard.allows(address, 443)


@pytest.mark.parametrize("own", ["127.0.0.1", "0.0.0.0"])
async def test_webhooks_w31_our_own_port_is_never_called(host, own):
    """The server does not call itself, though the network it is in was allowed."""
    guard = AddressGuard(["127.0.0.0/8", "::/0"], strict=True, own=[(own, host.port)])
    rules = TargetRules(guard=guard)

    attempted = await attempt(host.url, rules)

    assert (attempted.error, host.received) == ("blocked", [])
    assert check_target(host.url, rules) is not None
    assert not guard.allows("::ffff:127.0.0.1", host.port)
    assert guard.allows("127.0.0.1", host.port + 1)
    assert guard.allows(PUBLIC, host.port)


async def test_webhooks_w31_one_refused_address_refuses_the_name(host, names):
    """A name with one public and one private address is not called, however they are ordered."""
    rules = TargetRules(guard=STRICT.guard)
    names["both.example"] = [PUBLIC, "127.0.0.1"]
    names["turned.example"] = ["127.0.0.1", PUBLIC]
    names["sixth.example"] = [PUBLIC, "64:ff9b::a9fe:a9fe"]

    for name in names:
        url = f"http://{name}:{host.port}/"
        assert "not public" in await resolve_target(url, rules)
        assert (await attempt(url, rules)).error == "blocked"
    assert host.received == []


@pytest.mark.parametrize("form", ODD_FORMS)
async def test_webhooks_w32_other_forms_of_private_addresses_are_refused(host, form):
    """No way of writing a private address is accepted, and none reaches what listens there."""
    url = f"http://{form}:{host.port}/"

    problem = await resolve_target(url, STRICT)
    attempted = await attempt(url, STRICT)

    assert problem is not None
    assert attempted.error in {"blocked", "invalid_target"}
    assert (host.received, host.connections) == ([], 0)


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "hooks.localhost"])
def test_webhooks_w32_names_of_this_machine_are_loopback(name):
    """Whatever a name server says of them, these names mean the machine itself."""
    allowed = TargetRules(guard=AddressGuard(["127.0.0.1"], strict=True))

    assert "not public" in check_target(f"https://{name}/", STRICT)
    assert check_target(f"https://{name}/", allowed) is None


@pytest.mark.parametrize("form", ["[::ffff:127.0.0.1]", "127.1", "2130706433", "127.0.0.1."])
async def test_webhooks_w32_what_is_allowed_is_allowed_as_written(host, form):
    """An operator who allows loopback has not allowed its other spellings."""
    rules = TargetRules(guard=AddressGuard(["127.0.0.0/8"], strict=True))

    assert check_target(f"http://{form}:{host.port}/", rules) is not None
    assert (await attempt(f"http://{form}:{host.port}/", rules)).error in {
        "blocked",
        "invalid_target",
    }
    assert host.connections == 0


async def test_webhooks_w33_a_name_that_turns_inside_is_blocked(host, names):
    """A name that was public when it was registered gets no byte once it leads inside."""
    url = f"http://rebind.example:{host.port}/"
    names["rebind.example"] = [PUBLIC]
    at_create = await resolve_target(url, STRICT)
    names["rebind.example"] = ["127.0.0.1"]

    attempted = await attempt(url, STRICT)

    assert at_create is None
    assert (attempted.error, attempted.status) == ("blocked", None)
    assert host.connections == 0


async def test_webhooks_w33_the_socket_has_the_last_word(host, monkeypatch):
    """An address that slips past the look at the name is stopped where it would connect."""

    async def unvetted(_connections, _peer):
        return ["127.0.0.1"]

    monkeypatch.setattr(connections.Connections, "_vetted", unvetted)

    attempted = await attempt(f"http://rebind.example:{host.port}/", STRICT)

    assert (attempted.error, host.connections) == ("blocked", 0)


async def test_webhooks_w33_each_connection_asks_where_the_name_leads(host, names):
    """Nothing of an earlier answer is trusted: the next connection goes by the next answer."""
    rules = TargetRules(guard=AddressGuard([f"127.0.0.1:{host.port}"], strict=True))
    host.answer = http("200 OK", b"", "Connection: close")
    url = f"http://turning.example:{host.port}/"
    sender = AttemptSender(rules)
    outcomes = []

    for address in ("127.0.0.1", "127.0.0.2", "127.0.0.1"):
        names["turning.example"] = [address]
        outcomes.append((await sender.post(url, headers=(), body=b"{}")).error)
    await sender.close()

    assert outcomes == [None, "blocked", None]
    assert host.connections == 2


async def test_webhooks_w33_a_name_nobody_knows_may_be_registered():
    """A name may be registered before it is known; each attempt looks again."""
    assert await resolve_target("https://not-yet.invalid/", STRICT, seconds=5) is None


async def test_webhooks_w33_a_slow_name_server_does_not_hold_up_the_caller(monkeypatch):
    """Whoever registers an address waits a moment at most."""
    ends = socket.socketpair()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: ends[0].recv(1))

    problem = await resolve_target("https://slow.example/", STRICT, seconds=0.05)
    for end in ends:
        end.close()

    assert problem is None


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 No"])
async def test_webhooks_w34_redirects_are_never_followed(host, status):
    """A redirect is an answer like any other: a failure, and nothing else is called."""
    async with listening(EndpointHost()) as elsewhere:
        host.answer = http(status, b"", f"Location: {elsewhere.url}")
        rules = TargetRules(guard=AddressGuard(["127.0.0.1"], strict=True))

        attempted = await attempt(host.url, rules)

        assert (attempted.error, attempted.status) == ("http", int(status[:3]))
        assert (len(host.received), elsewhere.connections) == (1, 0)


async def test_webhooks_w34_proxies_of_the_machine_are_ignored(host, monkeypatch):
    """What the environment says about proxies sends webhooks nowhere else."""
    async with listening(EndpointHost()) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        rules = TargetRules(guard=AddressGuard([f"127.0.0.1:{host.port}"], strict=True))

        attempted = await attempt(host.url, rules)

        assert attempted.error is None
        assert (len(host.received), proxy.connections) == (1, 0)


async def test_webhooks_w34_operators_allow_private_targets(host):
    """What an operator allows is called, and nothing beside it."""
    rules = TargetRules(guard=AddressGuard([f"127.0.0.1:{host.port}"], strict=True))

    assert await resolve_target(host.url, rules) is None
    assert (await attempt(host.url, rules)).error is None
    assert check_target(f"http://127.0.0.1:{host.port + 1}/", rules) is not None
    assert len(host.received) == 1
