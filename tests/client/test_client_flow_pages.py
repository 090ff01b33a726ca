"""Pages: one after the other, and on from where an error was."""

import pytest

from failwell.core.exceptions import FaultError, UnavailableError
from tests.client.byte_server import ByteServer, json_reply, serve
from tests.client.driving import outcome


def three_pages(seen):
    page = int(seen.target.partition("page=")[2] or 1)
    link = {"Link": f'<?page={page + 1}>; rel="next", <?page=1>; rel=first'} if page < 3 else {}
    return json_reply(200, {"items": [page]}, link)


def test_client_n71_pages_follow_the_link_header(drive):
    """Relative addresses are joined, and other relations do not count."""
    with ByteServer(three_pages) as server:
        pages = list(drive.client(server.url).paginate("/items", params={"size": "1"}))

        assert [page.json()["items"] for page in pages] == [[1], [2], [3]]
        assert [seen.target for seen in server.requests] == [
            "/items?size=1",
            "/items?page=2",
            "/items?page=3",
        ]


@pytest.mark.parametrize(
    "body",
    [
        {"next": "/items?c=2"},
        {"links": {"next": "/items?c=2"}},
        {"_links": {"next": {"href": "/items?c=2"}}},
        {"paging": {"next": "/items?c=2"}},
    ],
)
def test_client_n71_pages_follow_the_body(drive, body):
    """The usual places of a next address are known."""
    with serve(json_reply(200, body), json_reply(200, {"next": None})) as server:
        assert len(list(drive.client(server.url).paginate("/items"))) == 2
        assert server.requests[1].target == "/items?c=2"


def test_client_n71_a_function_finds_the_way(drive):
    """An API of its own kind is told by a function: parameters that replace those of the page."""

    def more(page):
        after = page.json()["moreAfter"]
        return {"page-after": after} if after else None

    replies = [json_reply(200, {"moreAfter": "x1"}), json_reply(200, {"moreAfter": None})]
    with serve(*replies) as server:
        pages = drive.client(server.url).paginate("/d", params={"f": "n"}, next_page=more)

        assert len(list(pages)) == 2
        assert server.requests[1].target == "/d?f=n&page-after=x1"


def test_client_n71_an_error_keeps_the_cursor(drive):
    """The iterator knows which page failed, and goes on with it."""
    broken = [True]

    def script(seen):
        if "page=2" in seen.target and broken:
            return json_reply(503, {})
        return three_pages(seen)

    with ByteServer(script) as server:
        client = drive.client(server.url, retry=None)
        pages = client.paginate("/items")
        got = []
        error = outcome(lambda: got.extend(page.json()["items"] for page in pages))

        assert isinstance(error, UnavailableError)
        assert pages.cursor == f"{server.url}/items?page=2"
        broken.clear()
        rest = client.paginate("/items", cursor=pages.cursor)
        assert [page.json()["items"] for page in rest] == [[2], [3]]
        assert rest.cursor is None


def test_client_n71_no_credential_follows_a_link_to_a_stranger(drive):
    """A next page on another origin gets no header that may hold a secret."""
    with serve(json_reply(200, {})) as other:
        link = {"Link": f'<{other.url}/steal>; rel="next"'}
        with serve(json_reply(200, {}, link)) as server:
            client = drive.client(server.url, headers={"Authorization": "Bearer hush"})
            assert len(list(client.paginate("/items"))) == 2

        assert "hush" not in str(other.requests[0].fields)


def test_client_n71_a_page_that_leads_to_itself_ends(drive):
    """A server that always names the same page is not asked for ever."""
    with serve(json_reply(200, {"next": "/items"})) as server:
        assert len(list(drive.client(server.url).paginate("/items"))) == 1


def test_client_n71_an_error_of_a_page_is_the_error_of_a_call(drive):
    """Retries and classes are those of every call."""
    with serve(json_reply(404, {"message": "no"})) as server:
        error = outcome(lambda: list(drive.client(server.url).paginate("/items")))

    assert isinstance(error, FaultError)
    assert error.status == 404
