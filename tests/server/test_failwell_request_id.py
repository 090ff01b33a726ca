"""Request ids are ours and unique; the caller's own are checked and kept aside."""

import os
import re
import threading
from collections import Counter

import pytest

from failwell.server.request_id import RequestIds, valid_parent_id


def test_ids_have_their_pattern_and_never_repeat():
    """A prefix and 16 hexadecimal digits, different every time."""
    ids = RequestIds()
    made = [ids() for _ in range(5_000)]

    assert all(re.fullmatch("req_[0-9a-f]{16}", each) for each in made)
    assert len(set(made)) == len(made)


def test_an_api_may_have_ids_of_its_own_form():
    """The number of digits and what they are drawn from can be chosen; each is drawn as often."""
    ids = RequestIds("r-", digits=9, alphabet="0123456789abcdefghijklmnopqrstuvwxyz")
    made = [ids() for _ in range(20_000)]

    assert all(re.fullmatch("r-[0-9a-z]{9}", each) for each in made)
    assert len(set(made)) == len(made)
    counts = Counter("".join(each[2:] for each in made))
    assert len(counts) == 36
    assert all(4_500 < count < 5_500 for count in counts.values())


def test_threads_may_share_a_maker():
    """Threads that ask at the same time get different ids."""
    ids, made = RequestIds("r-"), []

    def make() -> None:
        made.extend([ids() for _ in range(2_000)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 8_000


def test_a_forked_worker_makes_ids_of_its_own():
    """Randomness fetched before a fork is not used by both sides of it."""
    ids = RequestIds()
    ids()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, ids().encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)

    with open(reading) as pipe:
        assert pipe.read() != ids()


@pytest.mark.parametrize("value", [b"caller-1234", b"a.b_c-d9", b"x" * 64])
def test_a_plain_word_is_a_parent_id(value):
    """Eight to 64 letters, digits, dots, dashes and underscores are kept."""
    assert valid_parent_id(value) == value.decode()


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"short",
        b"x" * 65,
        b"with space",
        b"tab\tinside",
        b'quote"quote',
        b"\xff" * 9,
        b"line-end\n",
    ],
)
def test_anything_else_is_no_parent_id(value):
    """What could forge a log line, or is absurd, is dropped."""
    assert valid_parent_id(value) is None
