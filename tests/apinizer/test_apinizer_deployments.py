"""Statement 8 of the Apinizer page: states that are in the way of a change."""

import contextlib
import sqlite3
import threading
import time
from typing import Any

import pytest

from tests.apinizer.apinizer_client import Answer, Apinizer


def _result(place: str, message: str) -> dict[str, object]:
    result = {"environmentName": place, "success": True, "message": message}
    return {
        "success": True,
        "deploymentResult": {"success": True, "deploymentResults": [result]},
    }


def test_deploying_and_undeploying(apinizer: Apinizer):
    """A proxy is brought to an environment, seen there, brought again, and taken away."""
    apinizer.proxy("Moved")
    place = apinizer.at("apiProxies", "Moved", "environments", "production")

    first, again = apinizer.post(place), apinizer.post(place)
    shown = apinizer.get(apinizer.at("apiProxies", "Moved")).json
    taken = apinizer.delete(place)

    assert first.json == again.json == _result("production", "Deployment successful")
    assert shown["deploymentList"] == [
        {"environmentName": "production", "deployed": True, "redeployRequired": False}
    ]
    assert taken.json == _result("production", "Undeployment successful")
    assert apinizer.get(apinizer.at("apiProxies", "Moved")).json["deploymentList"] == []


def test_apinizer_s08_undeploying_twice(apinizer: Apinizer):
    """What is not deployed cannot be undeployed."""
    apinizer.proxy("Idle")
    place = apinizer.at("apiProxies", "Idle", "environments", "production")

    answer = apinizer.delete(place)

    says = "API Proxy 'Idle' is not deployed to environment 'production'"
    assert answer.refuses(409, "conflict", says)


def test_apinizer_s08_two_deployments_at_once(apinizer: Apinizer):
    """Of several deployments at the same moment one goes on, and others meet it."""
    apinizer.proxy("Crowded")
    place = apinizer.at("apiProxies", "Crowded", "environments", "test")
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(apinizer.post(place))) for _ in range(6)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    says = "A deployment of API Proxy 'Crowded' is running"
    refused = [answer for answer in answers if answer.status != 200]
    assert 1 <= len(refused) <= 5
    assert all(answer.refuses(409, "conflict", says) for answer in refused)
    assert apinizer.post(place).status == 200


@pytest.mark.parametrize(
    ("method", "steps"),
    [("POST", ("environments", "test")), ("DELETE", ("environments", "test")), ("DELETE", ())],
)
def test_apinizer_s08_while_a_deployment_runs(
    apinizer: Apinizer, method: str, steps: tuple[str, ...]
):
    """A deployment under way is in the way of another one, of undeploying and of deleting.

    One that a killed process has left behind is so for a few seconds only.
    """
    name = f"Running{method}{len(steps)}"
    apinizer.proxy(name)
    apinizer.post(apinizer.at("apiProxies", name, "environments", "test"))
    path = apinizer.at("apiProxies", name, *steps)

    _leave_running(apinizer, name, until=time.time() + 3600)
    answer = apinizer.call(method, path)
    _leave_running(apinizer, name, until=time.time() - 1)

    says = f"A deployment of API Proxy '{name}' is running"
    assert answer.refuses(409, "conflict", says)
    assert apinizer.call(method, path).status == 200


def _leave_running(apinizer: Apinizer, name: str, *, until: float) -> None:
    """Write down what a deployment writes when it begins."""
    with contextlib.closing(sqlite3.connect(apinizer.server.data / "apinizer.db")) as database:
        changed = database.execute(
            "UPDATE deployments SET next_revision = 1, runs_until = ? WHERE api_proxy_id ="
            " (SELECT id FROM api_proxies WHERE name = ?)",
            (until, name),
        )
        assert changed.rowcount == 1
        database.commit()


def test_a_proxy_is_deployed_where_it_is_made(apinizer: Apinizer):
    """With deploy=true a new proxy is brought to every environment that is named."""
    wish = {"deploy": True, "deployTargetEnvironmentNameList": ["test", "production"]}

    made = apinizer.proxy("Made and moved", **wish).json["deploymentResult"]["deploymentResults"]
    gone = apinizer.delete(apinizer.at("apiProxies", "Made%20and%20moved")).json

    assert [each["environmentName"] for each in made] == ["test", "production"]
    assert [each["message"] for each in gone["deploymentResult"]["deploymentResults"]] == [
        "Undeployment successful"
    ] * 2


def test_an_unknown_environment_leaves_nothing_behind(apinizer: Apinizer):
    """A proxy that cannot be deployed as wished is not made."""
    wish = {"deploy": True, "deployTargetEnvironmentNameList": ["test", "moon"]}

    answer = apinizer.proxy("Half made", **wish)

    assert answer.refuses(404, "resource_not_found", "Environment 'moon' not found")
    assert apinizer.get(apinizer.at("apiProxies", "Half%20made")).status == 404


def test_a_project_can_go_while_a_deployment_runs(apinizer: Apinizer):
    """A deployment whose proxy is gone says that it was interrupted."""
    # The deletion has a quarter of a second; on a busy machine it may come too late.
    results = (_deployed_while_deleted(apinizer) for _ in range(10))

    interrupted = next(result for result in results if not result["success"])

    [place] = interrupted["deploymentResults"]
    assert (place["success"], place["message"]) == (False, "Deployment was interrupted")


def _deployed_while_deleted(apinizer: Apinizer) -> dict[str, Any]:
    apinizer.post("/projects/", {"name": "Vanishing"})
    place = "/projects/Vanishing/apiProxies/"
    body = {"apiProxyName": "Lost", "apiProxyCreationType": "REVERSE_PROXY"}
    apinizer.post(f"{place}url/", body)
    answers: list[Answer] = []
    thread = threading.Thread(
        target=lambda: answers.append(apinizer.post(f"{place}Lost/environments/test/"))
    )
    thread.start()
    time.sleep(0.1)
    apinizer.delete("/projects/Vanishing/")
    thread.join()
    assert answers[0].status == 200
    return answers[0].json["deploymentResult"]
