"""Proxies from specifications that are really fetched, and whatever can be wrong with them."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.apinizer.apinizer_client import Answer, Apinizer
from tests.conftest import UNLIMITED
from tests.running_server import RunningServer

OPEN_API = {
    "openapi": "3.0.1",
    "info": {"title": "Pets", "version": "1"},
    "paths": {"/pets": {"get": {}, "post": {}, "summary": "x"}},
}
WSDL = b"""<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" name="Pets">
<portType name="P"><operation name="feed"/><operation name="walk"/></portType></definitions>"""
BOMB = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" name="&b;"/>"""
INCLUSION = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><documentation>&a;</documentation>
</definitions>"""
ALIASES = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(9)
)

PAGES: dict[str, tuple[int, bytes]] = {
    "/openapi.json": (200, json.dumps(OPEN_API).encode()),
    "/openapi.yaml": (200, b"openapi: 3.1.0\ninfo: {title: Pets}\npaths: {/pets: {get: {}}}\n"),
    "/swagger.json": (200, b'{"swagger": "2.0", "info": {}, "paths": {}}'),
    "/swagger.yaml": (200, b"swagger: 2.0\npaths: {}\n"),
    "/service.wsdl": (200, WSDL),
    "/page.html": (200, b"<!doctype html><p>Hello</p>"),
    "/list.json": (200, b"[]"),
    "/broken.json": (200, b'{"openapi": "3.0.0", "paths": {'),
    "/twice.json": (200, b'{"openapi": "3.0.0", "openapi": "3.0.0"}'),
    "/number.json": (200, b'{"openapi": 3' + b"3" * 5000 + b"}"),
    "/paths.json": (200, b'{"openapi": "3.0.0", "paths": []}'),
    "/bytes": (200, b"\xff\xfe\x00"),
    "/empty": (200, b""),
    "/aliases.yaml": (200, ALIASES),
    "/deep.yaml": (200, b"[" * 100_000),
    "/tag.yaml": (200, b"!!python/object/apply:os.system ['true']\n"),
    "/large.json": (200, b'{"openapi": "3.0.0", "x": "' + b"x" * 1_100_000 + b'"}'),
    "/bomb.wsdl": (200, BOMB),
    "/inclusion.wsdl": (200, INCLUSION),
    "/other.xml": (200, b"<definitions/>"),
    "/half.wsdl": (200, WSDL[:-20]),
    "/encoded.wsdl": (200, b'<?xml version="1.0" encoding="utf-7"?><a/>'),
    "/gone": (404, b"{}"),
    "/error": (500, json.dumps(OPEN_API).encode()),
}


class _Host(http.server.BaseHTTPRequestHandler):
    """Serves documents, one only to those who know the word, and one very slowly."""

    def do_GET(self):
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/openapi.json")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path == "/slow":
            time.sleep(1.5)
        if self.path == "/secret":
            known = self.headers.get("X-Door") == "sesame"
            status, body = PAGES["/openapi.json"] if known else (401, b"{}")
        else:
            status, body = PAGES.get(self.path, PAGES["/openapi.json"])
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """The address of a server with documents."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Host)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def open_apinizer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apinizer]:
    """An Apinizer that may call servers of this machine, and waits for them for a second."""
    settings = (*UNLIMITED, "outbound.allow=127.0.0.0/8", "apinizer.deadline=1")
    server = RunningServer(tmp_path_factory.mktemp("open"), settings=settings).wait_until_ready()
    yield Apinizer(server)
    server.stop()


def make(apinizer: Apinizer, name: str, kind: str, url: str, **members: Any) -> Answer:
    return apinizer.proxy(name, apiProxyCreationType=kind, specUrl=url, **members)


@pytest.mark.parametrize(
    ("kind", "page", "made"),
    [
        ("OPEN_API", "/openapi.json", "REST"),
        ("OPEN_API", "/openapi.yaml", "REST"),
        ("OPEN_API", "/moved", "REST"),
        ("SWAGGER", "/swagger.json", "REST"),
        ("SWAGGER", "/swagger.yaml", "REST"),
        ("WSDL", "/service.wsdl", "SOAP"),
    ],
)
def test_a_specification_is_fetched(
    open_apinizer: Apinizer, host: str, kind: str, page: str, made: str
):
    """JSON, YAML and WSDL make a proxy, also after a redirect."""
    name = f"From {kind}{page.replace('/', ' ')}"

    assert make(open_apinizer, name, kind, host + page).status == 200

    [item] = [
        each
        for each in open_apinizer.get(open_apinizer.at("apiProxies")).json["resultList"]
        if each["name"] == name
    ]
    assert item["type"] == made


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("OPEN_API", "/swagger.json"),
        ("OPEN_API", "/service.wsdl"),
        ("SWAGGER", "/openapi.json"),
        ("WSDL", "/openapi.json"),
        ("OPEN_API", "/page.html"),
        ("OPEN_API", "/list.json"),
        ("OPEN_API", "/broken.json"),
        ("OPEN_API", "/twice.json"),
        ("OPEN_API", "/number.json"),
        ("OPEN_API", "/paths.json"),
        ("OPEN_API", "/bytes"),
        ("OPEN_API", "/empty"),
        ("OPEN_API", "/aliases.yaml"),
        ("OPEN_API", "/deep.yaml"),
        ("OPEN_API", "/tag.yaml"),
        ("WSDL", "/page.html"),
        ("WSDL", "/bytes"),
        ("WSDL", "/empty"),
        ("WSDL", "/bomb.wsdl"),
        ("WSDL", "/inclusion.wsdl"),
        ("WSDL", "/other.xml"),
        ("WSDL", "/half.wsdl"),
        ("WSDL", "/encoded.wsdl"),
    ],
)
def test_a_document_that_is_something_else(
    open_apinizer: Apinizer, host: str, kind: str, page: str
):
    """What is no specification of the kind is a bad request, and makes nothing."""
    answer = make(open_apinizer, "Never", kind, host + page)

    words = {"OPEN_API": "an OpenAPI 3", "SWAGGER": "a Swagger 2", "WSDL": "a WSDL"}[kind]
    says = f"The document at specUrl is not {words} specification"
    assert answer.refuses(400, "bad_request", says)
    assert open_apinizer.get(open_apinizer.at("apiProxies", "Never")).status == 404


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("/gone", "The server of specUrl answered with status 404"),
        ("/error", "The server of specUrl answered with status 500"),
        ("/secret", "The server of specUrl answered with status 401"),
        ("/large.json", "The document at specUrl could not be fetched"),
        ("/slow", "The document at specUrl could not be fetched"),
    ],
)
def test_a_document_that_cannot_be_had(open_apinizer: Apinizer, host: str, page: str, says: str):
    """What the other server does wrong is told to the caller, who gave its address."""
    answer = make(open_apinizer, "Never", "OPEN_API", host + page)

    assert answer.refuses(400, "bad_request", says)


def test_nobody_listens(open_apinizer: Apinizer):
    """A closed port is a document that cannot be fetched."""
    answer = make(open_apinizer, "Never", "OPEN_API", "http://127.0.0.1:1/openapi.json")

    assert answer.refuses(400, "bad_request", "The document at specUrl could not be fetched")


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://169.254.169.254/latest/", "http://[::1]/", "http://10.1.1.1/"],
)
def test_private_addresses_are_not_called(apinizer: Apinizer, url: str):
    """Without leave of the operator nothing inside the network can be reached."""
    answer = make(apinizer, "Never", "OPEN_API", url)

    assert answer.refuses(400, "bad_request", "The address in specUrl may not be called")


def test_header_fields_open_the_door(open_apinizer: Apinizer, host: str):
    """What the caller gives as authorization is sent, and never shown again."""
    fields = [{"headerName": "X-Door", "headerValue": "sesame"}]

    made = make(
        open_apinizer, "Behind", "OPEN_API", f"{host}/secret", specAuthorizationValueList=fields
    )

    assert made.status == 200
    assert b"sesame" not in open_apinizer.get(open_apinizer.at("apiProxies", "Behind")).body
    for file in open_apinizer.server.data.glob("apinizer.db*"):
        assert b"sesame" not in file.read_bytes()


def test_a_proxy_is_parsed_again(open_apinizer: Apinizer, host: str):
    """With reParse=true the proxy of that name is updated, and has to be deployed again."""
    make(open_apinizer, "Again", "OPEN_API", f"{host}/openapi.json")
    place = open_apinizer.at("apiProxies", "Again")
    open_apinizer.post(f"{place}environments/test/")

    again = make(open_apinizer, "Again", "SWAGGER", f"{host}/swagger.json", reParse=True)

    assert again.status == 200
    [deployment] = open_apinizer.get(place).json["deploymentList"]
    assert deployment["redeployRequired"] is True
    open_apinizer.post(f"{place}environments/test/")
    [deployment] = open_apinizer.get(place).json["deploymentList"]
    assert deployment["redeployRequired"] is False
    new = make(open_apinizer, "Never before", "OPEN_API", f"{host}/openapi.json", reParse=True)
    assert new.status == 200
