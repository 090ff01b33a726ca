"""Origins: one state each, in a bounded number."""

from concurrent.futures import ThreadPoolExecutor

from failwell.resilience.origins import PerOrigin


def test_the_origin_not_used_for_longest_is_forgotten_first():
    """A client that follows a thousand links keeps the state of those it still uses."""
    origins = PerOrigin(object, most=3)
    kept = origins.of("a")
    forgotten = origins.of("b")

    for name in ("c", "a", "d", "e"):
        origins.of(name)

    assert origins.of("a") is kept
    assert origins.of("b") is not forgotten
    assert len(origins) == 3


def test_threads_get_the_same_state():
    """However many ask first, one state is made."""
    origins = PerOrigin(object)

    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: id(origins.of("a")), range(500)))

    assert len(found) == 1
