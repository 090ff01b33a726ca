"""Addresses: where a call goes, by the base URL of its client and what the caller says."""

import httpx2
import pytest

from failwell.client.preparation import Preparation


@pytest.mark.parametrize(
    "base", ["http://h", "http://h/api//", "http://u:p@h:81/a b", "http://h/?x"]
)
@pytest.mark.parametrize("path", ["/", "/a?b=c", "//b/c", "/a#b", "/../%2F é", "a:b", "http://o/x"])
def test_addresses_are_joined_as_httpx2_joins_them(base, path):
    """Base and path make the address that the library itself would make, by a shorter way."""
    theirs = httpx2.Client(base_url=base, trust_env=False).build_request("GET", path).url

    ours = Preparation(base, {}).plain("GET", path).url

    assert (str(ours), ours.raw_path, ours.userinfo) == (
        str(theirs),
        theirs.raw_path,
        theirs.userinfo,
    )
