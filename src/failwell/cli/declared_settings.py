"""Every setting of ``failwell serve``, in the order they are listed.

A setting whose name begins with an API fills the field of the same name in the settings
of that API.
"""

from typing import Any

from failwell.cli.setting import YEAR, Network, Setting, networks, seconds, secret, url, whole

__all__ = [
    "BODY_TIMEOUT",
    "MAX_BODY",
    "OUTBOUND_ALLOW",
    "SETTINGS",
    "WINDOW_SECONDS",
]

_MANY = 10**9

MAX_BODY = whole(
    "max_body", 1_048_576, "Largest request body that is read.", unit="bytes", most=2**30
)
BODY_TIMEOUT = seconds("body_timeout", 30.0, "How long a request body may take to arrive.")
WINDOW_SECONDS = whole(
    "window_seconds",
    60,
    'Length of the short quota window (the "minute"); tests shorten it.',
    unit="seconds",
    most=YEAR,
)
OUTBOUND_ALLOW: Setting[tuple[Network, ...]] = networks(
    "outbound.allow", "Private networks that outbound calls may reach."
)

_SHARED: tuple[Setting[Any], ...] = (MAX_BODY, BODY_TIMEOUT, WINDOW_SECONDS, OUTBOUND_ALLOW)

_CONNIX: tuple[Setting[Any], ...] = (
    whole(
        "connix.per_minute",
        100,
        "Requests per short window and credential on the free plan.",
        unit="requests",
        most=_MANY,
    ),
    whole(
        "connix.per_hour",
        1000,
        "Requests per hour and credential on the free plan.",
        unit="requests",
        most=_MANY,
    ),
    url("connix.model_url", "Model that invoked agents call; a bundled local one when not set."),
    seconds("connix.deadline", 10.0, "How long the model may take to answer."),
    whole(
        "connix.access_token_seconds",
        3600,
        "Lifetime of an OAuth access token.",
        unit="seconds",
        most=YEAR,
    ),
)

_CONNXT: tuple[Setting[Any], ...] = (
    secret(
        "connxt.encryption_key",
        "Key that PSP credentials are encrypted with; one made at the first start when not set.",
        pattern="[0-9a-fA-F]{64}",
        expects="64 hexadecimal digits, such as openssl rand -hex 32 prints",
    ),
    url("connxt.gateway_url", "Payment provider; a bundled local sandbox when not set."),
    seconds("connxt.deadline", 10.0, "How long the payment provider may take to answer."),
    url("connxt.public_url", "Origin of payment pages; as the caller addressed it when not set."),
    seconds("connxt.page_seconds", 1800.0, "How long a payment may stay unfinished."),
)

_AGENTHUMAN: tuple[Setting[Any], ...] = (
    whole(
        "agenthuman.per_minute",
        100,
        "Requests per short window and key on the free plan.",
        unit="requests",
        most=_MANY,
    ),
    whole(
        "agenthuman.workers",
        4,
        "Sessions that can run at once, for all accounts together.",
        unit="sessions",
        most=10_000,
    ),
    seconds(
        "agenthuman.session_seconds",
        3600.0,
        "How long a session lasts, and how long a new one may wait to be started.",
    ),
    url("agenthuman.room_url", "Room provider; a bundled local one when not set."),
    seconds("agenthuman.deadline", 10.0, "How long rooms and images may take to arrive."),
)

_APINIZER: tuple[Setting[Any], ...] = (
    whole(
        "apinizer.per_minute",
        100,
        "Requests per short window and token.",
        unit="requests",
        most=_MANY,
    ),
    whole(
        "apinizer.token_seconds",
        3600,
        "Lifetime of a token from auth/token.",
        unit="seconds",
        most=YEAR,
    ),
    seconds("apinizer.deadline", 10.0, "How long a specification may take to arrive."),
    seconds("apinizer.deploy_seconds", 0.25, "How long a deployment takes."),
)

_IXON: tuple[Setting[Any], ...] = (
    whole(
        "ixon.per_second",
        50,
        "Requests a second and address that are allowed over 5 seconds; 0.8 times that over"
        " 2 minutes.",
        unit="requests",
        most=_MANY,
    ),
    seconds("ixon.block", 600.0, "How long an address is refused that asked for too much."),
    seconds("ixon.deadline", 60.0, "How long a request for data may take."),
)

SETTINGS: tuple[Setting[Any], ...] = (
    *_SHARED,
    *_CONNIX,
    *_CONNXT,
    *_AGENTHUMAN,
    *_APINIZER,
    *_IXON,
)
"""Every setting there is."""
