"""Apinizer Management: projects, API proxies, environments and credentials, with roles.

It decides nothing about the form of its errors: handlers raise what happened, the
contract file says how that looks.
"""

from failwell.apis.apinizer.api import PREFIX, ApinizerApi
from failwell.apis.apinizer.demo import curl, demo
from failwell.apis.apinizer.issuing import KINDS, issue
from failwell.apis.apinizer.settings import ApinizerSettings
from failwell.apis.apinizer.tables import MIGRATIONS
from failwell.apis.apinizer.wire import SCOPES

__all__ = [
    "KINDS",
    "MIGRATIONS",
    "PREFIX",
    "SCOPES",
    "Api",
    "ApinizerApi",
    "ApinizerSettings",
    "Settings",
    "curl",
    "demo",
    "issue",
]

Api = ApinizerApi
Settings = ApinizerSettings
