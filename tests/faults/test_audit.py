"""The audit table fails at each of its calls: what is applied stays applied, and the next run records it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from rdspatch.core.errors import AuditUnavailable
from rdspatch.handlers import patcher
from tests.audit_table import NAME
from tests.faults.later import in_ci

if TYPE_CHECKING:
    from tests.audit_table import AuditTable
    from tests.faults.world import World

pytestmark = pytest.mark.slow

NOWHERE = "https://throttled.invalid/"
CALLS = 9
"""Preflight, apply and verify each look for the newest record and write after it; plan, apply and verify ask what is
recorded as applied."""
WRITES = (2, 6, 9)
FAILURES = {
    "before": EndpointConnectionError(endpoint_url="https://dynamodb"),
    "after": ReadTimeoutError(endpoint_url="https://dynamodb"),
}
"""What happens to a call that is not sent, and to one whose answer is lost."""
THROTTLED = b'{"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", "message": "slow"}'


class Trouble:
    """Counts the calls of DynamoDB's API that the function makes, and spoils one."""

    def __init__(self) -> None:
        self._events = patcher._ports().audit._audit._client.meta.events  # type: ignore[attr-defined] # the real adapter
        self.calls = 0

    def fail(self, moment: str, number: int, error: Exception) -> None:
        """End a call with an error: before it is sent, or after it was answered."""

        def spoil(**_: Any) -> None:
            self.calls += 1
            if self.calls == number:
                raise error

        self._events.register(f"{moment}-call.dynamodb.*", spoil)

    def throttle(self, times: int, *, after: int = 0) -> None:
        """Refuse so many attempts after the first few, whichever call they belong to."""

        def refuse(request: Any, **_: Any) -> AWSResponse | None:
            self.calls += 1
            if not after < self.calls <= after + times:
                return None
            request.url = NOWHERE  # every handler is asked, and the simulated table must not take it
            return AWSResponse(request.url, 400, {}, _Body(THROTTLED))

        self._events.register_first("before-send.dynamodb.*", refuse)

    def take_the_place(self, number: int, table: AuditTable, which: slice) -> None:
        """Right before a call, put somebody else's records where the function is about to put some of its own."""

        def put(params: Any, **_: Any) -> None:
            self.calls += 1
            if self.calls != number:
                return
            for item in json.loads(params["body"])["TransactItems"][which]:
                key = {name: item["Put"]["Item"][name] for name in ("PK", "SK")}
                table.client.put_item(TableName=NAME, Item=record(key))

        self._events.register("before-call.dynamodb.*", put)


def record(key: dict[str, Any]) -> dict[str, Any]:
    """Somebody else's record under a key."""
    texts = {"run_id": "x", "event": "verified", "at": "x", "body": "{}", "previous_hash": "", "hash": "theirs"}
    return key | {name: {"S": text} for name, text in texts.items()}


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Any:
        yield self._content


@pytest.fixture
def trouble(world: World) -> Trouble:
    """Trouble with the audit until the function is started anew, as `settle` does."""
    world.function.setenv()
    return Trouble()


def test_an_undisturbed_run_makes_this_many_calls(world: World, trouble: Trouble, expected: dict[str, Any]) -> None:
    trouble.fail("before", 0, AssertionError())
    assert (world.run(), trouble.calls) == (None, CALLS)
    world.settle(expected)


@pytest.mark.experiment("F16")
@pytest.mark.parametrize("number", range(1, CALLS + 1))
@pytest.mark.parametrize("moment", in_ci(FAILURES, "after"))
def test_a_call_that_fails_costs_no_record_and_doubles_none(
    world: World, trouble: Trouble, expected: dict[str, Any], moment: str, number: int
) -> None:
    trouble.fail(moment, number, FAILURES[moment])
    assert isinstance(world.run(), AuditUnavailable)
    world.settle(expected)


@pytest.mark.experiment("F17")
@pytest.mark.parametrize("number", WRITES)
@pytest.mark.parametrize(
    "which", in_ci([slice(None), slice(1), slice(-1, None)], slice(None)), ids=["all", "the first", "the last"]
)
def test_a_record_that_is_there_is_not_overwritten(
    world: World, trouble: Trouble, expected: dict[str, Any], number: int, which: slice
) -> None:
    table = world.function.table
    trouble.take_the_place(number, table, which)
    error = world.run()
    assert "nothing of it was overwritten" in str(error)
    theirs = [found for found in table.everything() if found.hash == "theirs"]
    assert theirs
    for found in theirs:
        table.client.delete_item(TableName=NAME, Key={"PK": {"S": found.partition}, "SK": {"S": found.sort}})
    world.settle(expected)


@pytest.mark.faults_only
@pytest.mark.experiment("F18")
@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("after", range(CALLS))
def test_a_table_that_throttles_is_asked_again(
    world: World, trouble: Trouble, expected: dict[str, Any], times: int, after: int
) -> None:
    trouble.throttle(times, after=after)
    assert world.run() is None
    world.settle(expected)


@pytest.mark.experiment("F18")
def test_a_table_that_only_throttles_ends_the_run_before_a_patch(
    world: World, trouble: Trouble, expected: dict[str, Any]
) -> None:
    trouble.throttle(1_000)
    assert "ProvisionedThroughputExceededException" in str(world.run())
    assert trouble.calls == 4
    assert world.function.query("SELECT to_regclass('rdspatch.ledger') IS NULL") == [[True]]
    world.settle(expected)
