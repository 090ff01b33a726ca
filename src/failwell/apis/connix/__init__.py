"""Connix: projects and agents, with keys, OAuth, scopes, plans and quotas.

The first reference API. It decides nothing about the form of its errors: handlers raise
what happened, the contract file says how that looks.
"""

from failwell.apis.connix.api import PREFIX, ConnixApi
from failwell.apis.connix.demo import curl, demo
from failwell.apis.connix.issuing import KINDS, issue
from failwell.apis.connix.settings import ConnixSettings
from failwell.apis.connix.tables import MIGRATIONS
from failwell.apis.connix.webhook_payload import PAYLOAD
from failwell.apis.connix.wire import SCOPES

__all__ = [
    "KINDS",
    "MIGRATIONS",
    "PAYLOAD",
    "PREFIX",
    "SCOPES",
    "Api",
    "ConnixApi",
    "ConnixSettings",
    "Settings",
    "curl",
    "demo",
    "issue",
]

Api = ConnixApi
Settings = ConnixSettings
