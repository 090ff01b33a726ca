"""Webhooks: telling endpoints what happened, and verifying what was told.

What a receiver needs is here, and needs the base install only.
"""

from failwell.webhooks.receiver import EventInProgressError, ReceivedEvent, Receiver
from failwell.webhooks.secret import new_secret
from failwell.webhooks.signature import WebhookVerificationError, sign, verify

__all__ = [
    "EventInProgressError",
    "ReceivedEvent",
    "Receiver",
    "WebhookVerificationError",
    "new_secret",
    "sign",
    "verify",
]
