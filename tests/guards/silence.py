"""Rows T24 and T28 to T30: clocks, failovers, silent servers, input that nobody thought of."""

from __future__ import annotations

from typing import Final

from tests.guards.guard import PACKAGE, Guard

GUARDS: Final = (
    Guard(
        name="a sequence orders the ledger",
        file=f"{PACKAGE}adapters/postgres/read_ledger.sql",
        text="ORDER BY place, applied_at, patch_id",
        without="ORDER BY applied_at, patch_id",
        tests=("tests/acceptance/test_ledger_order.py::test_a_clock_that_steps_back_changes_no_order",),
    ),
    Guard(
        name="the ledger is compared after a lost connection",
        file=f"{PACKAGE}engine/applier.py",
        text="lost = self.known.keys() - {row.patch_id for row in ledger.applied}",
        without="lost = {row.patch_id for row in ledger.applied} - {row.patch_id for row in ledger.applied}",
        tests=(
            "tests/faults/test_failover.py::test_a_failover_between_messages",
            "tests/faults/test_failover.py::test_a_failover_inside_a_patch",
        ),
    ),
    Guard(
        name="the audit knows what the ledger lost",
        file=f"{PACKAGE}core/lost.py",
        text="return tuple(row for row in audited.applied if row.patch_id not in names)",
        without="return tuple(row for row in audited.applied if row.patch_id in names and row.patch_id not in names)",
        tests=(
            "tests/faults/test_failover.py::test_a_failover_while_nobody_is_connected",
            "tests/handlers/test_patcher_lost.py::test_what_a_failover_took_is_said_by_plan_and_verify_and_applied_again",
            "tests/handlers/test_patcher_lost.py::test_one_that_a_later_one_undid_is_not_run_again_and_gets_its_row",
        ),
    ),
    Guard(
        name="a lost patch does not take back what a later one did",
        file=f"{PACKAGE}engine/lost.py",
        text="    refused |= {name: why for name, why in standing.items() if why}\n",
        without="",
        tests=(
            "tests/handlers/test_patcher_lost.py::test_one_that_would_take_back_what_a_later_one_did_is_refused_unless_somebody_allows_it",
        ),
    ),
    Guard(
        name="audit and ledger are compared both ways",
        file=f"{PACKAGE}cli/audit.py",
        text="*lost_patches(_ledger(database), runs)",
        without="",
        tests=("tests/cli/test_audit.py::test_a_patch_that_the_audit_has_and_the_ledger_lost_is_named",),
    ),
    Guard(
        name="one moment ends the wait for an answer",
        file=f"{PACKAGE}adapters/postgres/waiting.py",
        text="left = self._ends_at - time.monotonic()",
        without="left = 60.0",
        tests=("tests/adapters/postgres/test_waiting.py::test_a_peer_that_drips_gains_no_time",),
    ),
    Guard(
        name="a login has a moment to be over",
        file=f"{PACKAGE}adapters/postgres/connection.py",
        text="    waiting.begin(within)\n",
        without="",
        hangs=True,
        tests=("tests/adapters/postgres/test_silent_login.py::test_it_is_unreachable_when_the_time_is_over",),
    ),
    Guard(
        name="a patch's answer has a moment to be over",
        file=f"{PACKAGE}adapters/postgres/channel.py",
        text="        self._driver.waiting.begin(longest)\n",
        without="",
        hangs=True,
        tests=(
            "tests/acceptance/test_silent_server.py::test_a_patch_whose_server_falls_silent_is_applied_exactly_once",
        ),
    ),
    Guard(
        name="a proof's answer has a moment to be over",
        file=f"{PACKAGE}authoring/proof/connection.py",
        text="        self._driver.waiting.begin(self._longest)\n",
        without="",
        tests=("tests/acceptance/test_silent_proof.py::test_a_text_whose_answer_does_not_come_is_a_lost_connection",),
        hangs=True,
    ),
    Guard(
        name="a dump has a moment to be over",
        file=f"{PACKAGE}authoring/baseline/pg_dump.py",
        text="            timeout=longest_seconds,\n",
        without="",
        tests=("tests/acceptance/test_silent_proof.py::test_a_dump_whose_server_falls_silent_is_stopped",),
        hangs=True,
    ),
    Guard(
        name="work is waited for as long as the server lets it take",
        file=f"{PACKAGE}adapters/postgres/channel.py",
        text="most = self._most_for_ours + foreign",
        without="most = self._most_for_ours",
        tests=("tests/acceptance/test_silent_server.py::test_work_that_takes_longer_than_our_patience_is_not_cut",),
    ),
    Guard(
        name="each try says what is known",
        file=f"{PACKAGE}handlers/patcher.py",
        text="        _say_what_is_recorded(error, run, ports)\n",
        without="",
        tests=(
            "tests/handlers/test_patcher_lost_database.py::test_each_try_of_a_run_says_what_is_known_and_the_next_run_finishes",
        ),
    ),
    Guard(
        name="bytes that are no text are a named problem",
        file=f"{PACKAGE}core/directory.py",
        text="except UnicodeDecodeError as error:",
        without="except ZeroDivisionError as error:",
        tests=("tests/faults/test_fuzz.py::test_any_bytes_are_a_patch_or_named_problems",),
    ),
    Guard(
        name="a lock file of another form is stale",
        file=f"{PACKAGE}core/lockfile.py",
        text="except (AttributeError, KeyError, TypeError, ValueError) as error:",
        without="except ZeroDivisionError as error:",
        tests=("tests/faults/test_fuzz.py::test_any_text_is_a_lock_file_or_a_stale_one",),
    ),
    Guard(
        name="an event is an object",
        file=f"{PACKAGE}handlers/patcher.py",
        text="    if not isinstance(event, Mapping):\n        raise BadInput(",
        without="    if event is None:\n        raise BadInput(",
        tests=("tests/faults/test_fuzz.py::test_any_event_is_answered_or_bad_input",),
    ),
    Guard(
        name="a record of another form is none",
        file=f"{PACKAGE}core/audited_ledger.py",
        text="except (KeyError, TypeError, ValueError):",
        without="except ZeroDivisionError:",
        tests=("tests/faults/test_fuzz.py::test_any_audit_is_told_and_examined",),
    ),
    Guard(
        name="a configuration that cannot be read is refused",
        file=f"{PACKAGE}cli/configuration.py",
        text="except (OSError, ValueError) as error:",
        without="except ZeroDivisionError as error:",
        tests=("tests/faults/test_fuzz.py::test_any_configuration_is_read_or_refused",),
    ),
)
