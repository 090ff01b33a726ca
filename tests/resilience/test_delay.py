"""Delay: what a server asks for is understood in every notation, and never shortened."""

import pytest

from failwell.resilience.delay import ServerWait, server_wait

NOW = 1_700_000_000.0
"""Tue, 14 Nov 2023 22:13:20 GMT"""


@pytest.mark.parametrize(
    ("status", "headers", "seconds", "source"),
    [
        (503, {"retry-after": "2"}, 2.0, "Retry-After (seconds)"),
        (429, {"retry-after-ms": "1500", "retry-after": "3"}, 1.5, "retry-after-ms"),
    ],
)
def test_a_wait_is_understood(status, headers, seconds, source):
    """Seconds and source are what the field says."""
    assert server_wait(status, headers, now=NOW) == ServerWait(seconds, source)
