"""Texts for people: every code of the five contracts, every situation, in English and German."""

import pytest

from failwell import (
    Contract,
    DeadlineExceededError,
    Fault,
    FaultError,
    NetworkError,
    NotFoundError,
    ReadTimeoutError,
    Situation,
)
from failwell.core.call_history import CallHistory
from failwell.core.catalogue import ErrorCode
from failwell.core.user_texts import DEFAULT_TEXTS

CONTRACTS = ("agenthuman", "apinizer", "connix", "connxt", "ixon", "rfc9457")
ENDS = (".", "!", "?")


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_code_speaks_english_and_german(name):
    """Each code of each contract has a text in both languages, a whole sentence, not the same."""
    for code, entry in Contract.bundled(name).codes.items():
        english, german = entry.user.get("en", ""), entry.user.get("de", "")
        assert english.endswith(ENDS), code
        assert german.endswith(ENDS), code
        assert english != german, code
        assert "{" not in english + german, code


@pytest.mark.parametrize("word", [*Situation, *DEFAULT_TEXTS])
def test_every_situation_speaks_english_and_german(word):
    """Where no contract has a text, there is a safe one for whatever happened."""
    texts = DEFAULT_TEXTS[word]

    assert set(texts) == {"en", "de"}
    assert all(text.endswith(ENDS) for text in texts.values())
    assert texts["en"] != texts["de"]


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "English."),
        ("de", "Deutsch."),
        ("de-AT", "Österreichisch."),
        ("de_AT", "Österreichisch."),
        ("DE-ch", "Deutsch."),
        ("de_DE.UTF-8", "Deutsch."),
        ("de@euro", "Deutsch."),
        ("fr", "English."),
        ("", "English."),
        ("C", "English."),
    ],
)
def test_the_nearest_language_is_used(locale, text):
    """Exactly the one asked for, else its language, else English."""
    user = {"de": "Deutsch.", "en": "English.", "de-AT": "Österreichisch."}
    entry = ErrorCode(code="x", status=(400,), user=user)

    assert FaultError.of(Fault(), entry=entry).user_message(locale) == text


def test_a_contract_in_one_other_language_speaks_it():
    """Without English the text that is there is better than none."""
    entry = ErrorCode(code="x", status=(400,), user={"fr": "Oui."})

    assert FaultError.of(Fault(), entry=entry).user_message("de") == "Oui."


def test_the_word_of_a_proxy_is_no_word_of_the_api():
    """When something in front of the API answered, its code's text is not shown."""
    contract = Contract.bundled("connix")
    entry = contract.codes["invalid_api_key"]
    gateway = CallHistory(method="GET", url="/", gateway=True)

    error = FaultError.of(Fault(status=401), entry=entry, contract="connix", history=gateway)

    assert error.user_message() == DEFAULT_TEXTS["bad_credentials"]["en"]


def test_a_lost_reply_says_to_look_first():
    """Where a call may have taken effect and harms twice, a person is told to check."""
    post = CallHistory(method="POST", url="/v1/payments")
    get = CallHistory(method="GET", url="/v1/payments")

    assert "check before" in ReadTimeoutError.of(Fault(), history=post).user_message()
    assert "bekannt" in DeadlineExceededError.of(Fault(), history=post).user_message("de")
    assert "too long" in ReadTimeoutError.of(Fault(), history=get).user_message()
    sent = Fault(outcome="not_sent")
    assert "no connection" in NetworkError.of(sent, history=post).user_message()


def test_ones_own_class_speaks_as_its_parent():
    """A class derived from ours has the text of what it was derived from."""

    class OwnError(NotFoundError):
        word = "own"

    assert OwnError().user_message() == NotFoundError().user_message()
