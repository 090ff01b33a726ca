"""AgentHuman: agents with a role and a face, and sessions that hold a render worker.

It decides nothing about the form of its errors: handlers raise what happened, the
contract file says how that looks.
"""

from failwell.apis.agenthuman.api import AgentHumanApi
from failwell.apis.agenthuman.demo import curl, demo
from failwell.apis.agenthuman.issuing import KINDS, issue
from failwell.apis.agenthuman.settings import AgentHumanSettings
from failwell.apis.agenthuman.tables import MIGRATIONS
from failwell.apis.agenthuman.wire import PREFIX, SCOPES

__all__ = [
    "KINDS",
    "MIGRATIONS",
    "PREFIX",
    "SCOPES",
    "AgentHumanApi",
    "AgentHumanSettings",
    "Api",
    "Settings",
    "curl",
    "demo",
    "issue",
]

Api = AgentHumanApi
Settings = AgentHumanSettings
