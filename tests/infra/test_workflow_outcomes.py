"""How a run ends: each outcome, the records that say so, and what people and machines hear of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from infra.settings import TARGET
from tests.infra.state_machine import attempts_for, caught_by, path_from

RECORDS = ("RecordStarted", "RecordHealth", "RecordOutcome")
OUTCOME = {"result", "error", "message", "applied", "pending"}
LONGEST_TARGET, LONGEST_SUBJECT = 63, 100


def outcomes_of(states: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: state for name, state in states.items() if state.get("ResultPath") == "$.outcome"}


def test_every_outcome_has_the_same_shape_and_is_recorded_and_reported(existing: Any) -> None:
    outcomes = outcomes_of(existing.definition()["States"])
    assert len(outcomes) == 16
    for name, state in outcomes.items():
        assert {key.removesuffix(".$") for key in state["Parameters"]} == OUTCOME, name
        recorded = "PublishOutcome" if name == "OutcomeNotRecorded" else "FindLastRecord"
        assert state["Next"] == recorded, name


def test_an_unhealthy_run_fails_by_that_name(states: dict[str, Any]) -> None:
    parameters = states["OutcomeUnhealthy"]["Parameters"]
    assert (parameters["result"], parameters["error"]) == ("unhealthy", "Unhealthy")


def test_what_ends_well_is_listed_and_all_else_fails(states: dict[str, Any]) -> None:
    (rule,) = states["IsGood"]["Choices"]
    assert {part["StringEquals"] for part in rule["Or"]} == {"planned", "succeeded", "in_parity", "skipped"}
    assert rule["Next"] == "Succeeded"
    assert states["IsGood"]["Default"] == "Failed"
    assert states["Failed"]["ErrorPath"] == "$.outcome.error"
    assert states["Failed"]["CausePath"] == "$.outcome.message"


def test_what_fails_after_the_plan_says_what_the_way_back_is(states: dict[str, Any]) -> None:
    """Catches a failed run with a snapshot that nobody hears of."""
    assert states["Begin"]["Parameters"]["recovery"] == {"text": ""}
    for name in ("OutcomeFailed", "OutcomeBroken", "OutcomeUnhealthy"):
        assert states[name]["Parameters"]["message.$"].endswith("$.recovery.text)"), name


def test_a_foreign_cause_is_neither_parsed_nor_recorded(states: dict[str, Any]) -> None:
    """Catches a plain-text cause that breaks the parser, or one with data in the audit."""
    users = {name for name, state in states.items() if "$.failure.Cause" in str(state)}
    assert users == {"ReadCause", "OutcomeFailed"}
    assert states["IsOurError"]["Default"] == "OutcomeBroken"
    assert path_from(states, "ReadCause")[:2] == ["ReadCause", "OutcomeFailed"]


def test_the_end_survives_the_loss_of_the_audit_table(states: dict[str, Any]) -> None:
    for name in ("FindLastRecord", "RecordOutcome"):
        assert caught_by(states[name], "DynamoDB.InternalServerError") == "OutcomeNotRecorded"
    assert states["OutcomeNotRecorded"]["Parameters"]["error"] == "AuditUnavailable"
    assert path_from(states, "OutcomeNotRecorded")[1:] == ["PublishOutcome", "Notify", "IsGood"]


def test_a_report_that_fails_does_not_change_the_outcome(states: dict[str, Any]) -> None:
    assert caught_by(states["PublishOutcome"], "States.Timeout") == "Notify"
    assert caught_by(states["Notify"], "States.Timeout") == "IsGood"
    for name in ("PublishOutcome", "Notify"):
        assert states[name]["Catch"][0]["ResultPath"] is None


@pytest.mark.parametrize("name", RECORDS)
def test_records_are_put_on_condition_and_a_lost_reply_is_no_failure(states: dict[str, Any], name: str) -> None:
    state = states[name]
    assert state["Parameters"]["ConditionExpression"] == "attribute_not_exists(PK)"
    assert attempts_for(state, "DynamoDB.ConditionalCheckFailedException") == 0
    assert caught_by(state, "DynamoDB.ConditionalCheckFailedException") == state["Next"]
    assert state["ResultPath"] is None


@pytest.mark.parametrize("name", RECORDS)
def test_the_hash_of_a_record_covers_its_own_fields(states: dict[str, Any], name: str) -> None:
    """Catches a hash over something else than what is stored, which no audit could verify."""
    item = {key: next(iter(value.items())) for key, value in states[name]["Parameters"]["Item"].items()}
    order = ("previous_hash", "PK", "SK", "event", "at", "body")
    parts = [text if kind == "S.$" else f"'{text}'" for kind, text in (item[key] for key in order)]
    joined = ", ".join(parts)
    assert item["hash"] == ("S.$", f"States.Hash(States.Format('{{}}|{{}}|{{}}|{{}}|{{}}|{{}}', {joined}), 'SHA-256')")


def test_the_last_record_continues_the_newest_of_this_run(states: dict[str, Any]) -> None:
    query = states["FindLastRecord"]
    assert query["Resource"] == "arn:aws:states:::aws-sdk:dynamodb:query"
    parameters = query["Parameters"]
    assert (parameters["ScanIndexForward"], parameters["Limit"], parameters["ConsistentRead"]) == (False, 1, True)
    found = "$.found.items[0].hash.S"
    assert states["RecordOutcome"]["Parameters"]["Item"]["previous_hash"] == {"S.$": found}
    assert states["HasRecords"]["Choices"] == [{"Variable": "$.found.count", "NumericEquals": 0, "Next": "NoRecordYet"}]
    assert states["HasRecords"]["Default"] == states["NoRecordYet"]["Next"] == "RecordOutcome"


def test_people_read_target_run_result_message_and_link(sandbox: Any, states: dict[str, Any]) -> None:
    notice = states["Begin"]["Parameters"]["notice"]
    assert notice.startswith("Run {} on meshapp-sandbox: {}.\n\n{}\n\nhttps://eu-central-1.console.aws.amazon.com/")
    message = states["Notify"]["Parameters"]
    arguments = "$.run.id, $.outcome.result, $.outcome.message, $.started.execution"
    assert message["Message.$"] == f"States.Format($.notice, {arguments})"
    assert message["TopicArn"] in sandbox.of_type("AWS::SNS::Topic")


def test_the_subject_fits_what_sns_takes(states: dict[str, Any]) -> None:
    subject = states["Notify"]["Parameters"]["Subject.$"]
    assert subject == "States.Format('rdspatch meshapp-sandbox: {}', $.outcome.result)"
    results = {state["Parameters"]["result"] for state in outcomes_of(states).values()}
    assert not re.fullmatch(TARGET, "a" * (LONGEST_TARGET + 1))
    assert len(f"rdspatch {'a' * LONGEST_TARGET}: {max(results, key=len)}") <= LONGEST_SUBJECT


def test_subscriptions_can_choose_by_the_result(states: dict[str, Any]) -> None:
    attribute = states["Notify"]["Parameters"]["MessageAttributes"]["result"]
    assert attribute == {"DataType": "String", "StringValue.$": "$.outcome.result"}


def test_machines_get_one_event(states: dict[str, Any]) -> None:
    (entry,) = states["PublishOutcome"]["Parameters"]["Entries"]
    assert (entry["Source"], entry["DetailType"]) == ("rdspatch", "rdspatch run ended")
    assert entry["Detail"]["outcome.$"] == "$.outcome"
