"""Apinizer as a caller meets it: a process of its own behind a real socket."""

import pytest

from tests.apinizer.apinizer_client import Apinizer
from tests.running_server import RunningServer


@pytest.fixture(scope="session")
def apinizer(server: RunningServer) -> Apinizer:
    """Apinizer without limits on the number of requests, called by an administrator."""
    return Apinizer(server)


@pytest.fixture(scope="session")
def member(apinizer: Apinizer) -> Apinizer:
    """The same, called by a member of the demo's project without any role."""
    return apinizer.as_who("member_")


@pytest.fixture(scope="session")
def outsider(apinizer: Apinizer) -> Apinizer:
    """The same, called by somebody who is a member of nothing."""
    return apinizer.as_who("outsider_")
