"""The port of the console as it is served: pages and API side by side."""

import json
import urllib.error
import urllib.request


def ask(server, path, *, token=True, host=None):
    """Status, header fields and text of an answer of the console's port."""
    headers = {}
    if token:
        headers["Authorization"] = f"Bearer {server.credentials['console']['token']}"
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read().decode()


def missing_project(server):
    """Ask Connix for what is not there; returns the request id."""
    known = server.connix
    url = f"{known['base_url']}/projects/proj_0000000000000000"
    request = urllib.request.Request(url, headers={"X-API-Key": known["api_key"]})
    try:
        urllib.request.urlopen(request)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.headers["X-Request-ID"]
    raise AssertionError("it was there")


def test_an_error_of_an_api_is_looked_up_by_its_id(server, eventually):
    """What a caller was answered stands under ``/api/records`` a moment later."""
    request_id = missing_project(server)

    found = eventually(lambda: _found(server, request_id))

    (record,) = found["records"]
    assert (record["api"], record["status"]) == ("connix", 404)
    assert record["affected"] == ["proj_0000000000000000"]
    assert record["catalogue"]["code"] == record["code"] == "resource_not_found"
    assert server.connix["api_key"] not in json.dumps(found)


def _found(server, request_id):
    status, _, text = ask(server, f"/api/records/{request_id}")
    return json.loads(text) if status == 200 else None


def test_metrics_are_served_and_need_the_token(server):
    """Prometheus reads them with the token; without it there is nothing to read."""
    missing_project(server)

    status, headers, text = ask(server, "/metrics")

    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'api_errors_total{api="connix",code="resource_not_found"' in text
    assert ask(server, "/metrics", token=False)[0] == 401
    assert (
        ask(server, f"/metrics?token={server.credentials['console']['token']}", token=False)[0]
        == 401
    )


def test_pages_and_api_share_the_port(server):
    """Pages stay pages, the API answers problems, each for its own paths."""
    assert ask(server, "/status", token=False)[1]["Content-Type"].startswith("text/html")
    assert ask(server, "/healthz", token=False)[0] == 200
    assert ask(server, "/nowhere")[1]["Content-Type"].startswith("text/html")
    for path in ("/api", "/api/", "/api/nowhere"):
        status, headers, _ = ask(server, path)
        assert (status, headers["Content-Type"]) == (404, "application/problem+json")
    status, _, text = ask(server, "/openapi.json", token=False)
    assert (status, json.loads(text)["openapi"]) == (200, "3.1.0")


def test_what_operators_do_is_logged_but_not_recorded(server, eventually):
    """A mistake of an operator is a line in the log, and no fault of any API."""
    status, headers, _ = ask(server, "/api/deliveries/dlv_0")
    request_id = headers["X-Request-ID"]

    assert status == 404
    eventually(lambda: any(each.get("request_id") == request_id for each in server.log_lines))
    assert ask(server, f"/api/records/{request_id}")[0] == 404
    assert "/api/deliveries" not in ask(server, "/metrics")[2]
