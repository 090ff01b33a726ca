"""IXON: companies and their agents, access tokens with a second factor, and logged data.

Callers name version, application and company in header fields; what is wrong with several
of them is told in one answer.
"""

from failwell.apis.ixon.api import PREFIX, IxonApi
from failwell.apis.ixon.demo import curl, demo
from failwell.apis.ixon.issuing import KINDS, issue
from failwell.apis.ixon.permissions import SCOPES
from failwell.apis.ixon.settings import IxonSettings
from failwell.apis.ixon.tables import MIGRATIONS

Api = IxonApi
"""The API, under the name that all of them have."""

Settings = IxonSettings
"""Its settings, under the name that all of them have."""

__all__ = [
    "KINDS",
    "MIGRATIONS",
    "PREFIX",
    "SCOPES",
    "Api",
    "IxonApi",
    "IxonSettings",
    "Settings",
    "curl",
    "demo",
    "issue",
]
