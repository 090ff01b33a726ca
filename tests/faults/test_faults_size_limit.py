"""``connix.db`` at its largest size (``PRAGMA max_page_count``): what is there stays usable."""

from pathlib import Path

from tests.faults.documented import check_internal_error
from tests.faults.small_connix import SmallConnix, small_connix

_PAGES = 60
_LARGE = {"name": "Large", "metadata": {f"m{number}": "x" * 500 for number in range(20)}}


async def test_a_file_at_its_largest_size_takes_no_more_and_gives_all(tmp_path: Path) -> None:
    """Agents that do not fit are internal errors, the others can be read, changed and removed."""
    async with small_connix(tmp_path, max_pages=_PAGES) as connix:
        kept = await _fill(connix)

        assert (tmp_path / "connix.db").stat().st_size <= _PAGES * 4096
        for agent in kept:
            assert (await connix.call("GET", f"/agents/{agent}")).json["name"] == "Large"
        check_internal_error(await connix.call("POST", _agents(connix), _LARGE))
        assert (await connix.call("POST", _agents(connix), {"name": ""})).status == 400
        listed = (await connix.call("GET", _agents(connix))).json
        assert {agent["id"] for agent in listed["agents"]} == kept

        gone = kept.pop()
        assert (await connix.call("DELETE", f"/agents/{gone}")).status == 204
        assert (await connix.call("POST", _agents(connix), _LARGE)).status == 201
        assert (await connix.call("POST", f"/agents/{kept.pop()}/start")).status == 202


async def _fill(connix: SmallConnix) -> set[str]:
    """Make agents until one does not fit any more; returns the ids of the others."""
    kept: set[str] = set()
    while (answer := await connix.call("POST", _agents(connix), _LARGE)).status == 201:
        kept.add(answer.json["id"])
    check_internal_error(answer)
    assert len(kept) > 3
    return kept


def _agents(connix: SmallConnix) -> str:
    return f"/projects/{connix.known['project_id']}/agents"
