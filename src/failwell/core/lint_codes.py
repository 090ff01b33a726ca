"""Rules about single codes: what a reader of the reference and a client need to know."""

from collections.abc import Iterator

from failwell.core.catalogue import ErrorCode
from failwell.core.lint_subject import Remark, Subject
from failwell.core.reader_words import NAME

__all__ = [
    "code_has_challenge",
    "code_has_fix",
    "code_has_message",
    "code_has_name",
    "code_is_explained",
    "deprecation_is_dated",
    "status_is_an_error",
    "user_text_has_every_language",
    "wait_is_carried",
]

_WAITS = frozenset({"retry_after", "reset"})


def _on(entry: ErrorCode, text: str) -> Remark:
    return Remark(("codes", entry.code), f"the code '{entry.code}' {text}", key=True)


def code_is_explained(subject: Subject) -> Iterator[Remark]:
    """A code says what it means or why it happens."""
    for entry in subject.entries:
        if not entry.says and not entry.causes:
            yield _on(entry, "has neither 'says' nor 'causes'; nobody learns why it happens")


def code_has_fix(subject: Subject) -> Iterator[Remark]:
    """A code says what the caller can do."""
    for entry in subject.entries:
        if not entry.fix:
            yield _on(entry, "has no 'fix'; nobody learns what to do about it")


def code_has_message(subject: Subject) -> Iterator[Remark]:
    """A code has words of its own, or every raise must bring them."""
    for entry in subject.entries:
        if not entry.message and not entry.title and "message" in subject.shared:
            yield _on(entry, "has no 'message'; every raise has to give one")


def code_has_name(subject: Subject) -> Iterator[Remark]:
    """A code that is no word has a name for its class and its page."""
    for entry in subject.entries:
        if entry.name is None and not NAME.fullmatch(entry.code):
            yield _on(entry, "is no lower-case word and has no 'name' for its class and page")


def deprecation_is_dated(subject: Subject) -> Iterator[Remark]:
    """A code that goes away says since when it was there."""
    for entry in subject.declared.codes.values():
        if entry.deprecated is not None and entry.since is None:
            path = ("codes", entry.code, "deprecated")
            text = f"the code '{entry.code}' is deprecated but does not say 'since' when it exists"
            yield Remark(path, text, key=True)


def code_has_challenge(subject: Subject) -> Iterator[Remark]:
    """A 401 says how to log in (RFC 9110, 15.5.2)."""
    auth = subject.declared.auth
    if auth is not None and (auth.challenge is not None or auth.scheme is not None):
        return
    for entry in subject.entries:
        if 401 in entry.status:
            text = "is a 401, but the contract has no 'auth' with a 'challenge'; one is made up"
            yield _on(entry, text)


def status_is_an_error(subject: Subject) -> Iterator[Remark]:
    """A code is sent with a status that `applies` counts as an error."""
    applies = {str(status) for status in subject.declared.applies}
    for entry in subject.entries:
        for status in entry.status:
            if applies.isdisjoint({str(status), f"{str(status)[0]}XX"}):
                text = f"has status {status}, which 'applies' does not count as an error"
                yield _on(entry, text)


def user_text_has_every_language(subject: Subject) -> Iterator[Remark]:
    """A language that one text for people has, all of them have."""
    languages = sorted({lang for entry in subject.entries for lang in entry.user})
    for entry in subject.entries:
        missing = [lang for lang in languages if lang not in entry.user]
        if missing:
            path = ("codes", entry.code, "user")
            text = f"the code '{entry.code}' has no text for users in: {', '.join(missing)}"
            yield Remark(path, text, key=True)


def wait_is_carried(subject: Subject) -> Iterator[Remark]:
    """A code that asks to wait says for how long (rule R2)."""
    for entry in subject.entries:
        if entry.retry == "after" and _WAITS.isdisjoint(subject.slots(entry)):
            text = "is retried 'after' a wait, but no slot or header such as Retry-After carries it"
            yield _on(entry, text)
