"""Statement 8 of the Apinizer page: states that are in the way of a change."""

import threading
import time

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


@pytest.mark.parametrize(
    ("method", "steps"),
    [("POST", ("environments", "test")), ("DELETE", ("environments", "test")), ("DELETE", ())],
)
def test_apinizer_s08_while_a_deployment_runs(
    apinizer: Apinizer, method: str, steps: tuple[str, ...]
):
    """While a proxy is on its way, another deployment, an undeployment and a deletion conflict."""
    name = f"Running{method}{len(steps)}"
    apinizer.proxy(name)
    place = apinizer.at("apiProxies", name)
    first: list[Answer] = []
    thread = threading.Thread(
        target=lambda: first.append(apinizer.post(f"{place}environments/test/"))
    )

    thread.start()
    time.sleep(0.1)
    answer = apinizer.call(method, apinizer.at("apiProxies", name, *steps))
    thread.join()

    says = f"A deployment of API Proxy '{name}' is running"
    assert answer.refuses(409, "conflict", says)
    assert first[0].json == _result("test", "Deployment successful")
    assert apinizer.call(method, apinizer.at("apiProxies", name, *steps)).status == 200


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
    apinizer.post("/projects/", {"name": "Vanishing"})
    place = "/projects/Vanishing/apiProxies/"
    body = {"apiProxyName": "Lost", "apiProxyCreationType": "REVERSE_PROXY"}
    apinizer.post(f"{place}url/", body)
    first: list[Answer] = []
    thread = threading.Thread(
        target=lambda: first.append(apinizer.post(f"{place}Lost/environments/test/"))
    )

    thread.start()
    time.sleep(0.1)
    apinizer.delete("/projects/Vanishing/")
    thread.join()

    assert first[0].status == 200
    assert first[0].json["deploymentResult"]["success"] is False
