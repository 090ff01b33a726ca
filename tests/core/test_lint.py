"""Lint: what a valid contract leaves out, each with its place and its level."""

from pathlib import Path

import pytest

from failwell.core.lint import RULES, Finding, lint
from failwell.core.reader import read_contract
from failwell.core.situation import Situation

BUNDLED = sorted((Path(__file__).parents[2] / "src/failwell/contracts").glob("*.yaml"))

HEAD = """\
contract: 1
api: Shop
envelope: {error: {code: $code, message: $message, details?: $details:object}}
headers: {Retry-After?: $retry_after:delay}
auth: {in: header, name: X-Key, challenge: Key realm="shop"}
"""
OOPS = "  oops: {status: 500, message: Oops, says: It broke., fix: [Wait.]}\n"
ANSWERS = "answers:\n" + "".join(f"  {situation}: oops\n" for situation in Situation)
WHOLE = HEAD + "codes:\n" + OOPS + ANSWERS


def findings(text: str, **settings: list[str]) -> list[str]:
    """What lint says about a text, without the name of the file."""
    found = lint(read_contract(text, "f"), **settings)
    return [str(each).removeprefix("f:") for each in found]


def entry(keys: str, *, before: str = "") -> str:
    """A contract that answers everything, with one more code that is used."""
    answers = ANSWERS.replace("gone: oops", "gone: more")
    return HEAD + before + f"codes:\n{OOPS}  more: {{{keys}}}\n" + answers


GOOD = "status: 410, message: Gone, says: It went., fix: [Look elsewhere.]"

ROWS = {
    "crash-unanswered": (
        WHOLE.replace("  crash: oops\n", ""),
        ["8:1: error: the situation 'crash' has no answer [crash-unanswered]"],
    ),
    "situation-unanswered": (
        WHOLE.replace("  bad_json: oops\n", ""),
        ["8:1: warning: the situation 'bad_json' has no answer [situation-unanswered]"],
    ),
    "rare-situation-unanswered": (
        WHOLE.replace("  precondition: oops\n", ""),
        ["8:1: note: the situation 'precondition' has no answer [rare-situation-unanswered]"],
    ),
    "choice-without-default": (
        WHOLE.replace("  gone: oops\n", "  gone: {by: resource_type, a: oops}\n"),
        [
            (
                "29:3: warning: the answer to 'gone' has no default for other values of "
                "'resource_type' [choice-without-default]"
            )
        ],
    ),
    "unknown-param": (
        WHOLE.replace(
            "  too_large: oops\n", "  too_large: {code: oops, with: {message: 'Over {limt}'}}\n"
        ),
        ["12:43: note: 'too_large' gives no param 'limt', did you mean 'limit'? [unknown-param]"],
    ),
    "code-unused": (
        HEAD + f"codes:\n{OOPS}  more: {{{GOOD}}}\n" + ANSWERS,
        [
            (
                "8:3: note: no situation is answered with 'more'; only a raise by name sends it "
                "[code-unused]"
            )
        ],
    ),
    "code-unexplained": (
        entry("status: 410, message: Gone, fix: [Look elsewhere.]"),
        [
            (
                "8:3: warning: the code 'more' has neither 'says' nor 'causes'; "
                "nobody learns why it happens [code-unexplained]"
            )
        ],
    ),
    "code-without-fix": (
        entry("status: 410, message: Gone, causes: [It went.]"),
        [
            (
                "8:3: warning: the code 'more' has no 'fix'; nobody learns what to do about it "
                "[code-without-fix]"
            )
        ],
    ),
    "code-without-message": (
        entry("status: 410, says: It went., fix: [Look elsewhere.]"),
        [
            (
                "8:3: note: the code 'more' has no 'message'; every raise has to give one "
                "[code-without-message]"
            )
        ],
    ),
    "code-without-name": (
        entry(GOOD).replace("more", "'4010'"),
        [
            (
                "8:3: note: the code '4010' is no lower-case word and has no 'name' "
                "for its class and page [code-without-name]"
            )
        ],
    ),
    "deprecated-without-since": (
        entry(f"{GOOD}, deprecated: '2.0'"),
        [
            (
                "8:78: warning: the code 'more' is deprecated but does not say 'since' when it "
                "exists [deprecated-without-since]"
            )
        ],
    ),
    "challenge-missing": (
        entry(GOOD.replace("410", "401")).replace("auth", "example").replace("in:", "at:"),
        [
            (
                "8:3: warning: the code 'more' is a 401, but the contract has no 'auth' with a "
                "'challenge'; one is made up [challenge-missing]"
            )
        ],
    ),
    "status-outside-applies": (
        entry(GOOD.replace("410", "200")),
        [
            (
                "8:3: warning: the code 'more' has status 200, which 'applies' does not count as "
                "an error [status-outside-applies]"
            )
        ],
    ),
    "user-language-missing": (
        entry(f"{GOOD}, user: {{en: Gone, de: Weg}}").replace(
            "fix: [Wait.]", "fix: [Wait.], user: Oops"
        ),
        ["7:69: warning: the code 'oops' has no text for users in: de [user-language-missing]"],
    ),
    "wait-missing": (
        entry(GOOD.replace("410", "429")).replace("$retry_after:delay", "$other:int"),
        [
            (
                "8:3: warning: the code 'more' is retried 'after' a wait, but no slot or header "
                "such as Retry-After carries it [wait-missing]"
            )
        ],
    ),
    "identity-missing": (
        entry(GOOD, before="identify: [type]\n"),
        ["6:11: error: no slot '$type' is there to tell the codes apart [identity-missing]"],
    ),
    "param-only-in-text": (
        entry(f"{GOOD}, detail: ['No {{id}}', 'No'], example: {{id: 7}}"),
        ["8:87: note: the detail of 'more' says 'id', but no slot carries it [param-only-in-text]"],
    ),
    "param-unused": (
        entry(
            f"{GOOD}, details: {{kind: $kind:string}}, values: {{kin: [a]}}, example: {{kind: a}}"
        ),
        [
            (
                "8:118: warning: 'kin' is no slot or placeholder of 'more', did you mean 'kind'? "
                "[param-unused]"
            )
        ],
    ),
    "example-incomplete": (
        entry(
            f"{GOOD}, details: {{a: $a:int, b?: $b:int}}, headers: {{X-C: $c:int, X-D?: $d:int}}"
        ),
        ["8:3: warning: the example of 'more' gives no value for 'a', 'c' [example-incomplete]"],
    ),
    "example-unused": (
        entry(f"{GOOD}, details: {{limit?: $limit:int}}, example: {{limt: 7}}"),
        [
            (
                "8:119: warning: the example value 'limt' is used nowhere, did you mean 'limit'? "
                "[example-unused]"
            )
        ],
    ),
    "example-not-allowed": (
        entry(f"{GOOD}, details: {{a: $a:int}}, values: {{a: [1, 2]}}, example: {{a: 3}}"),
        [
            (
                "8:134: error: the example value of 'a' is none of those in 'values' "
                "[example-not-allowed]"
            )
        ],
    ),
    "keyword-unclaimed": (
        entry(GOOD, before="violations: {bad: {for: [required, type, enum, minLength]}}\n"),
        [
            (
                "6:1: note: no violation code stands for: maxLength, minimum, maximum "
                "[keyword-unclaimed]"
            )
        ],
    ),
    "violation-placeholder": (
        entry(GOOD, before="violations: {bad: {for: ['*'], message: '{lable} is bad'}}\n"),
        [
            (
                "6:41: warning: 'lable' is no part of a violation, did you mean 'label'? "
                "[violation-placeholder]"
            )
        ],
    ),
}


def test_whole_contract_has_no_findings() -> None:
    """A contract that leaves nothing out is left in peace."""
    assert findings(WHOLE) == []
    assert findings(entry(GOOD)) == []


@pytest.mark.parametrize("rule", ROWS)
def test_rule_finds_exactly_what_is_missing(rule: str) -> None:
    """One omission is one finding, of one rule, at the place where it can be repaired."""
    text, expected = ROWS[rule]

    assert findings(text) == expected


def test_every_rule_is_tried_and_says_its_promise() -> None:
    """No rule without a row above, and none without a sentence."""
    assert set(ROWS) == set(RULES)
    assert all(rule.check.__doc__ for rule in RULES.values())


def test_every_example_of_a_list_is_looked_at() -> None:
    """The second example is checked like the first, at its own place."""
    text = entry(f"{GOOD}, details: {{a: $a:int}}, example: [{{a: 1}}, {{b: 2}}]")

    assert [each.split(" ")[-1] for each in findings(text)] == [
        "[example-incomplete]",
        "[example-unused]",
    ]


def test_code_that_is_raised_by_name_is_used() -> None:
    """The application's own codes need no situation."""
    assert findings(ROWS["code-unused"][0], raised=["more"]) == []


def test_removed_code_is_left_alone() -> None:
    """A tombstone needs neither words nor an example."""
    text = HEAD + f"codes:\n{OOPS}  old: {{status: 410, removed: '2.0'}}\n" + ANSWERS

    assert findings(text) == []


def test_dialect_without_codes_is_left_alone() -> None:
    """A contract that is only a wire format promises no situations."""
    assert findings("contract: 1\napi: Shop\nenvelope: {title?: $title, $rest: $details}\n") == []


def test_template_that_cannot_be_read_does_not_stop_lint() -> None:
    """Faults of templates are the contract's to tell; lint says what else it sees."""
    text = WHOLE.replace("details?: $details:object", "details?: $details:nonsense")

    assert findings(text) == []


def test_value_in_text_is_no_finding_where_params_are_carried_as_a_whole() -> None:
    """An envelope with `$rest: $params` carries every param."""
    text = entry(f"{GOOD}, detail: 'No {{id}}', example: {{id: 7}}").replace(
        "details?: $details:object", "$rest: $params"
    )

    assert findings(text) == []


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_bundled_contract_has_notes_at_most(path: Path) -> None:
    """What we ship has no error and no warning; its APIs' habits are worth notes only."""
    found = lint(read_contract(path.read_text(encoding="utf-8"), path.name))

    assert [str(each) for each in found if each.level != "note"] == []


def test_findings_come_in_the_order_of_the_file() -> None:
    """A reader walks through the file once."""
    text = WHOLE.replace("fix: [Wait.]", "since: '1'").replace("  gone: oops\n", "")

    found = lint(read_contract(text))

    assert all(isinstance(each, Finding) for each in found)
    assert [each.rule for each in found] == ["code-without-fix", "rare-situation-unanswered"]
