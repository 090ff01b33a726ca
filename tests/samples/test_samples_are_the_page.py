"""The samples are the page's own: indented, wrapped, and not otherwise touched."""

import pytest

from tests.source_tree import ROOT

HERE = ROOT / "tests" / "samples"
PAGE = ROOT / "tests" / "vectors" / "client_samples"

WRAPPED = {"fetch_projects.js": ("async function fetchProjects(apiKey) {", "}")}
"""Samples whose page leaves the function around them out: its first and its last line."""


def lines(file):
    return [line.strip() for line in file.read_text("utf-8").splitlines() if line.strip()]


@pytest.mark.parametrize("page", sorted(PAGE.iterdir()), ids=lambda page: page.stem)
def test_no_line_is_changed(page):
    """Apart from indentation and the function around it, sample and page are the same lines.

    The host is replaced when a sample is run, so it is the page's here too.
    """
    sample = lines(HERE / page.stem)

    if page.stem in WRAPPED:
        assert (sample[0], sample[-1]) == WRAPPED[page.stem]
        sample = sample[1:-1]

    assert sample == lines(page)


def test_every_sample_of_the_page_is_there():
    """The page prints four blocks of client code."""
    assert sorted(page.stem for page in PAGE.iterdir()) == [
        "error_messages.js",
        "fetch_projects.js",
        "handle_api_error.go",
        "make_api_request.py",
    ]
