"""Connxt V2: payment gateways, PSPs with encrypted credentials, and transactions.

Every token belongs to one environment of one brand, and sees nothing else. Handlers
raise what happened; the contract file says how that looks.
"""

from failwell.apis.connxt.api import ConnxtApi
from failwell.apis.connxt.demo import curl, demo
from failwell.apis.connxt.issuing import KINDS, issue
from failwell.apis.connxt.settings import ConnxtSettings
from failwell.apis.connxt.tables import MIGRATIONS
from failwell.apis.connxt.wire import PREFIX, SCOPES

__all__ = [
    "KINDS",
    "MIGRATIONS",
    "PREFIX",
    "SCOPES",
    "Api",
    "ConnxtApi",
    "ConnxtSettings",
    "Settings",
    "curl",
    "demo",
    "issue",
]

Api = ConnxtApi
Settings = ConnxtSettings
