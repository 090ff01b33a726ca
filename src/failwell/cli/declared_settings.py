"""Every setting of ``failwell serve``, in the order they are listed.

A setting whose name begins with an API fills the field of the same name in the settings
of that API.
"""

from typing import Any

from failwell.cli.setting import (
    YEAR,
    Network,
    Setting,
    networks,
    schedule,
    seconds,
    secret,
    switch,
    url,
    whole,
)
from failwell.webhooks.schedule import USUAL_SCHEDULE, parse_schedule

__all__ = [
    "BODY_TIMEOUT",
    "MAX_BODY",
    "OUTBOUND_ALLOW",
    "RECORDS_BYTES",
    "RECORDS_DAYS",
    "RECORDS_ROWS",
    "SETTINGS",
    "WEBHOOKS_CONNECT_TIMEOUT",
    "WEBHOOKS_DAYS",
    "WEBHOOKS_ENDPOINT_IN_FLIGHT",
    "WEBHOOKS_FLOOD_PER_MINUTE",
    "WEBHOOKS_HTTPS_ONLY",
    "WEBHOOKS_IN_FLIGHT",
    "WEBHOOKS_SCHEDULE",
    "WEBHOOKS_TIMEOUT",
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

WEBHOOKS_SCHEDULE = schedule(
    "webhooks.schedule",
    USUAL_SCHEDULE,
    "Wait before each attempt of a delivery; as many attempts as there are waits.",
    parse=parse_schedule,
)
WEBHOOKS_TIMEOUT = seconds("webhooks.timeout", 15.0, "How long one attempt may take.", most=30)
WEBHOOKS_CONNECT_TIMEOUT = seconds(
    "webhooks.connect_timeout", 5.0, "How long the connection of an attempt may take.", most=30
)
WEBHOOKS_IN_FLIGHT = whole(
    "webhooks.in_flight", 50, "Attempts under way at once.", unit="attempts", most=1000
)
WEBHOOKS_ENDPOINT_IN_FLIGHT = whole(
    "webhooks.endpoint_in_flight",
    10,
    "Attempts under way at once to one endpoint; never more than a fifth of all.",
    unit="attempts",
    most=1000,
)
WEBHOOKS_FLOOD_PER_MINUTE = whole(
    "webhooks.flood_per_minute",
    5000,
    "Events a minute that an endpoint is told one by one; of more it gets a summary.",
    unit="events",
    most=_MANY,
)
WEBHOOKS_HTTPS_ONLY = switch(
    "webhooks.https_only", "Whether endpoints must be https; with --no-demo they must, else not."
)
WEBHOOKS_DAYS = whole(
    "webhooks.days", 30, "How long finished deliveries are kept.", unit="days", most=3650
)
_WEBHOOKS: tuple[Setting[Any], ...] = (
    WEBHOOKS_SCHEDULE,
    WEBHOOKS_TIMEOUT,
    WEBHOOKS_CONNECT_TIMEOUT,
    WEBHOOKS_IN_FLIGHT,
    WEBHOOKS_ENDPOINT_IN_FLIGHT,
    WEBHOOKS_FLOOD_PER_MINUTE,
    WEBHOOKS_HTTPS_ONLY,
    WEBHOOKS_DAYS,
)

RECORDS_DAYS = whole(
    "records.days", 30, "How long records of error responses are kept.", unit="days", most=3650
)
RECORDS_ROWS = whole(
    "records.rows",
    1_000_000,
    "Most records that are kept; the oldest go first.",
    unit="records",
    most=_MANY,
)
RECORDS_BYTES = whole(
    "records.bytes",
    2**30,
    "Most bytes of records that are kept; the oldest go first.",
    unit="bytes",
    most=2**40,
)
_RECORDS: tuple[Setting[Any], ...] = (RECORDS_DAYS, RECORDS_ROWS, RECORDS_BYTES)

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
    *_WEBHOOKS,
    *_RECORDS,
    *_CONNIX,
    *_CONNXT,
    *_AGENTHUMAN,
    *_APINIZER,
    *_IXON,
)
"""Every setting there is."""
