"""The classes that the Python sample uses and the page leaves out."""


class ConnixAPIException(Exception):  # noqa: N818 - the page names it
    """An error that the API reported."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.error = error


class NetworkException(Exception):  # noqa: N818 - the page names it
    """No answer at all, or none that was worth another attempt."""
