from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdspatch.core.errors import MAX_MESSAGE_CHARACTERS, BadInput
from rdspatch.core.plan import OutOfOrder
from rdspatch.core.request import Mode, Request, parse_request

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
KNOWN = st.fixed_dictionaries(
    {},
    optional={"mode": JSON, "target": JSON, "reason": JSON, "allow_out_of_order": JSON},
)


def refusal(document: object) -> str:
    with pytest.raises(BadInput) as caught:
        parse_request(document, target="prod")
    return str(caught.value)


def test_an_empty_input_means_apply_on_the_only_target() -> None:
    assert parse_request({}, target="prod") == Request(
        mode=Mode.APPLY, target="prod", reason="", out_of_order=OutOfOrder.REFUSED
    )


@pytest.mark.parametrize(
    "key", ["AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID", "AWS_STEP_FUNCTIONS_STARTED_BY_PIPELINE"]
)
def test_what_aws_adds_to_an_input_is_no_mistake_of_the_caller(key: str) -> None:
    assert parse_request({key: "arn"}, target="prod") == parse_request({}, target="prod")


@pytest.mark.parametrize("key", ["AWS_STEP_FUNCTION", "aws_step_functions_started_by_execution_id", "AWS_SQL"])
def test_a_key_that_only_resembles_one_of_aws_is_refused(key: str) -> None:
    assert "unknown key" in refusal({key: "arn"})


@pytest.mark.parametrize("mode", Mode)
def test_each_mode_is_asked_for_by_its_name(mode: Mode) -> None:
    assert parse_request({"mode": mode.value}, target="prod").mode is mode


def test_everything_that_can_be_asked_for_is_read() -> None:
    asked = {"mode": "plan", "target": "prod", "reason": "weekly check", "allow_out_of_order": True}
    request = parse_request(asked, target="prod")
    assert request.out_of_order is OutOfOrder.ALLOWED
    assert request.to_json() == asked


def test_what_is_passed_on_to_later_states_is_read_as_the_same_request() -> None:
    request = parse_request({"reason": "ä"}, target="prod")
    assert parse_request(json.loads(json.dumps(request.to_json())), target="prod") == request


@pytest.mark.experiment("F38")
@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (None, "input: is null, not an object; write {} or"),
        ([], "input: is a list, not an object"),
        ("{}", "input: is a text, not an object"),
        (7, "input: is a number, not an object"),
        (False, "input: is false, not an object"),
        ({"modus": "plan"}, "unknown key 'modus'; known are allow_out_of_order, mode, reason, target"),
        ({"": 1}, "unknown key ''"),
        ({"sql": "DROP TABLE users"}, "unknown key 'sql'"),
        ({"mode": "fix"}, "input.mode: 'fix' is not accepted; use one of apply, plan, drift, repair"),
        ({"mode": "APPLY"}, "input.mode: 'APPLY' is not accepted"),
        ({"mode": None}, "input.mode: null is not accepted"),
        ({"mode": ["apply"]}, "input.mode: ['apply'] is not accepted"),
        ({"mode": {"apply": 1}}, "input.mode: {'apply': 1} is not accepted"),
        ({"target": "staging"}, "input.target: 'staging' is not accepted; this deployment has one target, 'prod'"),
        ({"target": None}, "input.target: null is not accepted"),
        ({"target": ["prod"]}, "input.target: ['prod'] is not accepted"),
        ({"reason": 1}, "input.reason: 1 is not accepted; use a text of at most 500 characters"),
        ({"reason": "x" * 501}, "use a text of at most 500 characters"),
        ({"reason": "\ud800"}, "input.reason: '\\ud800' is not accepted"),
        ({"allow_out_of_order": 1}, "input.allow_out_of_order: 1 is not accepted; use true or false"),
        ({"allow_out_of_order": "true"}, "input.allow_out_of_order: 'true' is not accepted"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_to_write(document: object, complaint: str) -> None:
    assert complaint in refusal(document)


def test_all_problems_are_reported_together() -> None:
    text = refusal({"mode": "x", "target": "y", "reason": [], "allow_out_of_order": "z", "url": "http://x/"})
    assert text.startswith("5 problems in the input:\n")
    for key in ("'url'", "input.mode", "input.target", "input.reason", "input.allow_out_of_order"):
        assert key in text


@pytest.mark.experiment("F38")
@pytest.mark.parametrize(
    "document",
    [
        {"mode": "x" * 300_000},
        {"x" * 300_000: 1},
        {f"key{number}": number for number in range(30_000)},
        {"reason": json.loads("[" * 900 + "]" * 900)},
        {"mode": json.loads('{"a":' * 900 + "1" + "}" * 900)},
    ],
    ids=["long value", "long key", "many keys", "deep list", "deep object"],
)
def test_a_huge_or_deep_input_is_refused_in_few_words(document: Any) -> None:
    assert len(refusal(document)) <= MAX_MESSAGE_CHARACTERS


@given(st.one_of(JSON, KNOWN))
def test_any_json_is_a_request_or_bad_input(document: Any) -> None:
    try:
        request = parse_request(document, target="prod")
    except BadInput as caught:
        error = caught
    else:
        assert request.target == "prod"
        json.dumps(request.to_json(), ensure_ascii=False).encode("utf-8")
        return
    assert error.problems
    assert len(str(error)) <= MAX_MESSAGE_CHARACTERS
