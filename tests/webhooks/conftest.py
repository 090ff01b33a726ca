"""Webhooks over real stores and real sockets."""

import shutil

import pytest

from tests.webhooks.endpoint_host import EndpointHost, listening
from tests.webhooks.pipeline import running


@pytest.fixture
def file(fresh_file, tmp_path):
    """A file of this test's own."""
    return shutil.copy(fresh_file, tmp_path / "failwell.db")


@pytest.fixture
async def pipeline(file):
    """Webhooks with a clock that stands still and no jitter."""
    async with running(file) as pipeline:
        yield pipeline


@pytest.fixture
async def receiver():
    """A receiver that says 200, listening."""
    async with listening(EndpointHost()) as host:
        yield host


@pytest.fixture
async def other_receiver():
    """Another one."""
    async with listening(EndpointHost()) as host:
        yield host
