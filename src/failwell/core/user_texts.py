"""Texts to show a person: the contract's own, and safe ones for everything else.

A server's message is written for developers, may hold anything, and is never shown. The
texts here say what to do, in English and German.
"""

import re
from collections.abc import Mapping

from failwell.core.fault_view import FaultView

__all__ = ["DEFAULT_TEXTS", "user_text"]

Texts = Mapping[str, str]

_BROKE: Texts = {
    "en": "Something broke on the other side. Please try again later.",
    "de": "Auf der Gegenseite ist ein Fehler aufgetreten. Bitte versuchen Sie es später erneut.",
}
_BUSY: Texts = {
    "en": "The service is not available at the moment. Please try again later.",
    "de": "Der Dienst ist gerade nicht verfügbar. Bitte versuchen Sie es später erneut.",
}
_SIGN_IN: Texts = {
    "en": "Please sign in.",
    "de": "Bitte melden Sie sich an.",
}
_SIGN_IN_AGAIN: Texts = {
    "en": "Your session is over. Please sign in again.",
    "de": "Ihre Sitzung ist abgelaufen. Bitte melden Sie sich erneut an.",
}
_SLOW: Texts = {
    "en": "This took too long. Please try again later.",
    "de": "Das hat zu lange gedauert. Bitte versuchen Sie es später erneut.",
}
_NOT_UNDERSTOOD: Texts = {
    "en": "The request could not be understood.",
    "de": "Die Anfrage wurde nicht verstanden.",
}
_NOT_FOUND: Texts = {
    "en": "We could not find what you asked for.",
    "de": "Das Gesuchte wurde nicht gefunden.",
}
_NOT_HERE: Texts = {
    "en": "This is not possible here.",
    "de": "Das ist hier nicht möglich.",
}
_TOO_MUCH: Texts = {
    "en": "This is too much at once.",
    "de": "Das ist zu viel auf einmal.",
}
_NO_CONNECTION: Texts = {
    "en": "There is no connection to the service. Please check your network and try again.",
    "de": "Der Dienst ist nicht erreichbar. "
    "Bitte prüfen Sie Ihre Verbindung und versuchen Sie es erneut.",
}
_UNKNOWN_OUTCOME: Texts = {
    "en": "We do not know whether this was done. Please check before you try again.",
    "de": "Es ist nicht bekannt, ob dies ausgeführt wurde. "
    "Bitte prüfen Sie das, bevor Sie es erneut versuchen.",
}

DEFAULT_TEXTS: Mapping[str, Texts] = {
    "bad_request": _NOT_UNDERSTOOD,
    "headers_too_large": _TOO_MUCH,
    "uri_too_long": _TOO_MUCH,
    "too_large": _TOO_MUCH,
    "timeout": {
        "en": "The connection was too slow. Please try again.",
        "de": "Die Verbindung war zu langsam. Bitte versuchen Sie es erneut.",
    },
    "wrong_type": _NOT_UNDERSTOOD,
    "bad_encoding": _NOT_UNDERSTOOD,
    "bad_json": _NOT_UNDERSTOOD,
    "not_acceptable": _NOT_HERE,
    "no_route": _NOT_FOUND,
    "wrong_method": _NOT_HERE,
    "not_implemented": _NOT_HERE,
    "no_credentials": _SIGN_IN,
    "bad_credentials": _SIGN_IN,
    "expired_credentials": _SIGN_IN_AGAIN,
    "second_factor": {
        "en": "Please confirm who you are with your second factor.",
        "de": "Bitte bestätigen Sie Ihre Anmeldung mit dem zweiten Faktor.",
    },
    "no_permission": {
        "en": "You are not allowed to do this.",
        "de": "Dazu sind Sie nicht berechtigt.",
    },
    "rate_limited": {
        "en": "There were too many requests. Please wait a moment and try again.",
        "de": "Es waren zu viele Anfragen. "
        "Bitte warten Sie einen Moment und versuchen Sie es erneut.",
    },
    "invalid": {
        "en": "Something you entered is missing or not right. Please check it.",
        "de": "Eine Ihrer Angaben fehlt oder stimmt nicht. Bitte prüfen Sie sie.",
    },
    "not_found": _NOT_FOUND,
    "gone": {
        "en": "This does not exist any more.",
        "de": "Das gibt es nicht mehr.",
    },
    "conflict": {
        "en": "This collides with something that exists already. Please look at it again.",
        "de": "Das steht im Widerspruch zu bereits Vorhandenem. Bitte sehen Sie es sich erneut an.",
    },
    "precondition": {
        "en": "Somebody else changed this in the meantime. Please look at it again.",
        "de": "Das wurde inzwischen von jemand anderem geändert. "
        "Bitte sehen Sie es sich erneut an.",
    },
    "idempotency_reused": {
        "en": "This was already sent with other content. Please start again.",
        "de": "Das wurde bereits mit anderem Inhalt gesendet. Bitte beginnen Sie von vorn.",
    },
    "unprocessable": {
        "en": "This is not possible at the moment.",
        "de": "Das geht im Moment nicht.",
    },
    "crash": _BROKE,
    "bad_gateway": _BROKE,
    "gateway_timeout": _SLOW,
    "unavailable": _BUSY,
    "network_error": _NO_CONNECTION,
    "connect_timeout": _NO_CONNECTION,
    "pool_timeout": _BUSY,
    "write_timeout": _SLOW,
    "read_timeout": _SLOW,
    "protocol_error": _BROKE,
    "deadline_exceeded": _SLOW,
    "reauthentication_required": _SIGN_IN_AGAIN,
    "circuit_open": _BUSY,
    "unexpected_redirect": _BROKE,
    "partial_failure": {
        "en": "Some of it could not be done. Please check the result.",
        "de": "Ein Teil konnte nicht ausgeführt werden. Bitte prüfen Sie das Ergebnis.",
    },
    "fault": {
        "en": "An unexpected error occurred. Please try again.",
        "de": "Ein unerwarteter Fehler ist aufgetreten. Bitte versuchen Sie es erneut.",
    },
}
"""Situation, or the word of an error without one -> language -> text."""

_HARMFUL_TWICE = ("POST", "PATCH")
_SEPARATOR = re.compile("[-_.@]")


def user_text(error: FaultView, locale: str) -> str:
    """Find the text to show a person.

    Args:
        error: What happened.
        locale: A language tag, ``de`` or ``de-AT``. Without texts in it, English is used.
    """
    answered = error.history is None or not error.history.gateway
    if error.entry is not None and error.entry.user and answered:
        return _in_language(error.entry.user, locale)
    return _in_language(_default(error), locale)


def _default(error: FaultView) -> Texts:
    if error.fault.situation is not None:
        return DEFAULT_TEXTS[error.fault.situation]
    if error.situations:
        return DEFAULT_TEXTS[error.situations[0]]
    if error.outcome == "unknown" and error.method in _HARMFUL_TWICE:
        return _UNKNOWN_OUTCOME
    words = (vars(kind).get("word", "") for kind in type(error).__mro__)
    return next(DEFAULT_TEXTS[word] for word in words if word in DEFAULT_TEXTS)


def _in_language(texts: Texts, locale: str) -> str:
    wanted = locale.lower().replace("_", "-")
    by_tag = {tag.lower().replace("_", "-"): text for tag, text in texts.items()}
    for tag in (wanted, _SEPARATOR.split(wanted)[0], "en"):
        if tag in by_tag:
            return by_tag[tag]
    return next(iter(by_tag.values()))
