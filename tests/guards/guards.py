"""What each test of SECURITY.md keeps from being taken out: a defence, without which the test fails.

Read by `test_guards.py`, which takes out one after the other in a copy of the project.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PACKAGE: Final = "lambdas/rdspatch/"
ROWS: Final = ("T9", "T20", "T21", "T22", "T23", "T24", "T25", "T26", "T27", "T28", "T29")
"""The rows of SECURITY.md that the table is complete for."""
_ATTEMPTS: Final = (
    "tests/faults/attacks/test_attempts.py::test_no_code_of_a_stranger_runs_and_running_again_is_the_recovery"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One defence.

    Attributes:
        name: What it does.
        file: Where it is.
        text: It, as it stands there once.
        without: What stands there in its absence.
        tests: The tests of SECURITY.md that fail then.
        cases: Which of their cases are run, as pytest's `-k` takes it; all where it is empty.
    """

    name: str
    file: str
    text: str
    without: str
    tests: tuple[str, ...]
    cases: str = ""


GUARDS: Final = (
    Guard(
        name="the path is pinned for every message",
        file=f"{PACKAGE}adapters/postgres/message.py",
        text='            f"SET {scope}search_path = {path}",\n',
        without="",
        tests=(
            "tests/acceptance/test_fresh_settings.py::test_a_function_in_the_search_path_does_not_answer_for_the_catalog",
        ),
    ),
    Guard(
        name="temporary objects come last",
        file=f"{PACKAGE}adapters/postgres/message.py",
        text='(*self.search_path, "pg_temp")',
        without="self.search_path",
        tests=("tests/acceptance/test_fresh_settings.py::test_a_temporary_table_of_a_patch_does_not_hide_a_real_one",),
    ),
    Guard(
        name="settings are reset before every message",
        file=f"{PACKAGE}adapters/postgres/message.py",
        text='            "RESET ALL",\n            *set_statements(self.pinned, scope=scope),\n',
        without="",
        tests=("tests/acceptance/test_fresh_settings.py::test_a_patch_does_not_disarm_the_next",),
    ),
    Guard(
        name="patches run as the owner role",
        file=f"{PACKAGE}adapters/postgres/message.py",
        text='f"SET {scope}ROLE {identifier(self.owner_role)}" if self.owner_role else "RESET ROLE"',
        without='"RESET ROLE"',
        tests=(
            "tests/acceptance/test_connections.py::test_objects_belong_to_the_owner_role_and_the_ledger_names_the_login",
        ),
    ),
    Guard(
        name="our own SQL sees the catalog alone",
        file=f"{PACKAGE}adapters/postgres/message.py",
        text='replace(self, search_path=("pg_catalog",))',
        without='replace(self, search_path=("public", "pg_catalog"))',
        tests=("tests/acceptance/test_own_sql.py::test_apply_verify_and_a_second_run_call_none_of_them",),
    ),
    Guard(
        name="what goes on the path of a patch is qualified",
        file=f"{PACKAGE}adapters/postgres/message.py",
        text='return f"pg_catalog.{function}(',
        without='return f"{function}(',
        tests=(
            "tests/adapters/test_message.py::test_what_we_send_on_the_path_of_a_patch_names_the_schema_of_each_function_and_operator",
        ),
    ),
    Guard(
        name="a patch that may call a stranger's code is refused",
        file=f"{PACKAGE}engine/planning.py",
        text="return without_shadowed(plan, read_shadows(session)) if plan.to_run else plan",
        without="return plan",
        tests=("tests/acceptance/test_shadowing.py::test_a_patch_that_may_call_it_is_refused_before_it_runs",),
    ),
    Guard(
        name="the traps of these tests call the stranger's code",
        file="tests/acceptance/test_shadowing.py",
        text='SPRINGS = "INSERT INTO public.noted VALUES (current_user);"',
        without='SPRINGS = ""',
        tests=("tests/acceptance/test_shadowing.py::test_each_of_them_would_have_run_as_the_owner",),
    ),
    Guard(
        name="a query that may call a stranger's code is not asked",
        file=f"{PACKAGE}engine/verify.py",
        text="shadows = read_shadows(session) if queries else ()",
        without="shadows = ()",
        tests=("tests/acceptance/test_shadowing.py::test_a_verify_query_is_not_asked",),
    ),
    Guard(
        name="a patch that may call a stranger's code is not replayed",
        file=f"{PACKAGE}engine/repair.py",
        text="plan = repair_without_shadowed(plan, read_shadows(session))",
        without="pass",
        tests=(
            "tests/handlers/test_patcher_repair.py::test_a_patch_that_may_call_a_strangers_function_is_not_replayed",
        ),
    ),
    Guard(
        name="the doctor says who else may create",
        file=f"{PACKAGE}core/doctor/strangers.py",
        text="trouble = trouble_with_creators(creators)",
        without="trouble = None",
        tests=("tests/handlers/test_doctor_roles.py::test_who_else_may_create_where_patches_look_names_up_is_named",),
    ),
    Guard(
        name="the script takes CREATE away",
        file="docs/roles.sql",
        text="'REVOKE CREATE ON SCHEMA %I FROM %s'",
        without="'COMMENT ON SCHEMA %I IS %L'",
        tests=("tests/docs/test_roles.py::test_nobody_but_the_owner_may_create_in_the_schema",),
    ),
    Guard(
        name="the script makes nobody a member of the patcher",
        file="docs/roles.sql",
        text='GRANT :"owner" TO CURRENT_USER, :"patcher";',
        without='GRANT :"owner" TO CURRENT_USER, :"patcher"; GRANT :"patcher" TO :"application", :"reader";',
        tests=("tests/faults/attacks/test_attempts.py::test_nobody_else_sees_or_ends_what_the_patcher_does",),
        cases="18",
    ),
    Guard(
        name="a superuser helps a baseline from a list",
        file=f"{PACKAGE}authoring/proof/beyond_owner.py",
        text="return Beyond.REFUSED if judge is None else judge(node, creates_in)",
        without="return Beyond.SUPERUSER",
        tests=(
            "tests/cases/test_hostile_pull_request.py::test_a_hostile_pull_request_reaches_nothing",
            "tests/authoring/proof/test_beyond_owner.py::test_what_a_superuser_does_is_a_list",
        ),
    ),
    Guard(
        name="the scratch server has an environment of its own",
        file=f"{PACKAGE}authoring/postgres_server.py",
        text="                env=ENVIRONMENT,\n                start_new_session",
        without="                start_new_session",
        tests=(
            "tests/authoring/test_postgres_server.py::test_programs_that_the_server_runs_see_nothing_of_the_callers_environment",
        ),
    ),
    Guard(
        name="a proof runs as no superuser",
        file=f"{PACKAGE}authoring/proof/scratch_roles.py",
        text='self._make(login.owner, "NOLOGIN")',
        without='self._make(login.owner, "NOLOGIN SUPERUSER")',
        tests=(
            "tests/cases/test_proof_role.py::test_what_only_a_superuser_may_do_fails_in_the_proof",
            "tests/cases/test_proof_role.py::test_a_baseline_may_hold_what_only_a_superuser_makes_and_its_code_runs_as_the_owner",
        ),
    ),
    Guard(
        name="no link is followed",
        file=f"{PACKAGE}adapters/patch_files.py",
        text="os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK",
        without="os.O_RDONLY | os.O_NONBLOCK",
        tests=("tests/authoring/test_bundle.py::test_no_link_among_the_patches_is_followed",),
    ),
    Guard(
        name="nothing else is copied into the asset",
        file=f"{PACKAGE}authoring/bundle.py",
        text="    target.mkdir()\n    for file in files:",
        without="    shutil.copytree(patches, target)\n    for file in files:",
        tests=("tests/authoring/test_bundle.py::test_patches_baseline_and_lock_file_are_copied_and_nothing_else",),
    ),
    Guard(
        name="an answer is for the question that was seen",
        file=f"{PACKAGE}cli/answering.py",
        text="if digest is not None and digest != waiting.digest:",
        without="if False:",
        tests=(
            "tests/rehearsal/test_approvals.py::test_an_approval_of_an_older_question_is_refused_and_the_newer_one_shown",
        ),
    ),
    Guard(
        name="hazards are shown before they are approved",
        file=f"{PACKAGE}cli/answering.py",
        text="for hazard in waiting.hazards:",
        without="for hazard in ():",
        tests=(
            "tests/rehearsal/test_approvals.py::test_without_a_digest_the_hazards_are_shown_before_anything_is_approved",
        ),
    ),
    Guard(
        name="nobody approves what nobody could see",
        file=f"{PACKAGE}cli/answering.py",
        text="    if approved and digest is None:\n        _confirm(waiting)\n",
        without="",
        tests=("tests/rehearsal/test_approvals.py::test_where_nobody_can_be_asked_a_digest_is_needed",),
    ),
    Guard(
        name="what is printed is printable",
        file=f"{PACKAGE}core/printable.py",
        text="if text.isprintable():",
        without="if text:",
        tests=("tests/cli/test_control_characters.py::test_no_command_sends_a_control_character_to_the_terminal",),
    ),
    Guard(
        name="a sequence orders the ledger",
        file=f"{PACKAGE}adapters/postgres/read_ledger.sql",
        text="ORDER BY place, applied_at, patch_id",
        without="ORDER BY applied_at, patch_id",
        tests=("tests/acceptance/test_ledger_order.py::test_a_clock_that_steps_back_changes_no_order",),
    ),
    Guard(
        name="strangers are looked for before a patch",
        file=f"{PACKAGE}engine/lookout.py",
        text="        require_clear(locked, self.seen)\n",
        without="",
        tests=("tests/acceptance/test_in_the_way.py::test_a_patch_is_not_run_into_what_a_stranger_has_made",),
        cases="18",
    ),
    Guard(
        name="strangers are looked for before a patch, under attack",
        file=f"{PACKAGE}engine/lookout.py",
        text="        require_clear(locked, self.seen)\n",
        without="",
        tests=(_ATTEMPTS,),
        cases="18 and trigger",
    ),
    Guard(
        name="trusted roles are no strangers",
        file=f"{PACKAGE}adapters/postgres/strangers.py",
        text='"trusted": literals(trusted)',
        without='"trusted": literals(())',
        tests=(
            "tests/acceptance/test_in_the_way.py::test_what_a_trusted_role_or_a_function_with_rights_of_its_own_does_is_accepted",
        ),
        cases="18",
    ),
    Guard(
        name="an answer about strangers gets old",
        file=f"{PACKAGE}engine/lookout.py",
        text="self.asked_at is not None and self.applier.clock.monotonic() - self.asked_at < FRESH_SECONDS",
        without="self.asked_at is not None",
        tests=("tests/engine/test_lookout.py::test_an_old_answer_counts_for_nothing",),
    ),
    Guard(
        name="a ledger of strangers is refused",
        file=f"{PACKAGE}engine/planning.py",
        text="    ledger.require_ours()\n",
        without="",
        tests=(
            "tests/acceptance/test_strange_ledger.py::test_what_is_there_before_the_first_run_is_refused",
            "tests/acceptance/test_strange_ledger.py::test_a_ledger_is_not_written_to_when_a_stranger_has_a_hand_in_it",
        ),
        cases="18",
    ),
    Guard(
        name="a ledger of strangers is not read",
        file=f"{PACKAGE}adapters/postgres/session.py",
        text='text_of("read_ledger.sql"), before=(fence,)',
        without='text_of("read_ledger.sql"), before=("SET LOCAL rdspatch.strangers = \'[]\'",)',
        tests=(
            "tests/acceptance/test_strange_ledger.py::test_a_ledger_is_not_even_read_when_that_could_run_a_strangers_code",
        ),
        cases="18",
    ),
    Guard(
        name="a schema that somebody was quicker to make is refused",
        file=f"{PACKAGE}adapters/postgres/session.py",
        text='before=("CREATE SCHEMA IF NOT EXISTS rdspatch", fence)',
        without='before=("CREATE SCHEMA IF NOT EXISTS rdspatch",)',
        tests=("tests/acceptance/test_strange_ledger.py::test_a_schema_that_a_stranger_is_quicker_to_make_is_refused",),
        cases="18",
    ),
    Guard(
        name="a patch comes out the same on each version",
        file=f"{PACKAGE}authoring/proof/everywhere.py",
        text="for problem in dependence_problems(lowest.lock, other.lock)]",
        without="for problem in ()]",
        tests=("tests/cases/test_versions.py::test_what_does_not_come_out_the_same_is_refused",),
    ),
    Guard(
        name="what the target would misread is refused",
        file=f"{PACKAGE}engine/planning.py",
        text="    plan = without_misread(plan, session.server_version())\n",
        without="",
        tests=(
            "tests/cases/test_versions.py::test_a_number_that_the_target_reads_otherwise_is_refused_before_anything_runs",
        ),
    ),
    Guard(
        name="the version that reads a number is known",
        file=f"{PACKAGE}authoring/newer.py",
        text="_NUMBERS_SINCE: Final = 16",
        without="_NUMBERS_SINCE: Final = 15",
        tests=(
            "tests/authoring/test_newer.py::test_the_servers_themselves_say_from_which_version_on_it_is_read_as_now",
        ),
    ),
    Guard(
        name="a plan says that the target has another version",
        file=f"{PACKAGE}handlers/patcher.py",
        text="note = other_version(lock, version) if made.pending else None",
        without="note = None",
        tests=(
            "tests/handlers/test_patcher_versions.py::test_a_plan_for_another_version_says_so_and_one_for_a_version_of_the_proof_does_not",
        ),
    ),
    Guard(
        name="the ledger is compared after a lost connection",
        file=f"{PACKAGE}engine/applier.py",
        text="lost = self.known.keys() - {row.patch_id for row in ledger.applied}",
        without="lost = {row.patch_id for row in ledger.applied} - {row.patch_id for row in ledger.applied}",
        tests=("tests/faults/test_failover.py::test_a_failover_between_messages",),
    ),
    Guard(
        name="the audit knows what the ledger lost",
        file=f"{PACKAGE}core/lost.py",
        text="return tuple(row for row in audited.applied if row.patch_id not in names)",
        without="return tuple(row for row in audited.applied if row.patch_id in names and row.patch_id not in names)",
        tests=(
            "tests/faults/test_failover.py::test_a_failover_inside_a_patch",
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
        without="    waiting.begin(timedelta(seconds=60))\n",
        tests=("tests/adapters/postgres/test_silent_login.py::test_it_is_unreachable_when_the_time_is_over",),
    ),
    Guard(
        name="a patch's answer has a moment to be over",
        file=f"{PACKAGE}adapters/postgres/channel.py",
        text="        self._driver.waiting.begin(longest)\n",
        without="        self._driver.waiting.begin(timedelta(seconds=60))\n",
        tests=(
            "tests/acceptance/test_silent_server.py::test_a_patch_whose_server_falls_silent_is_applied_exactly_once",
        ),
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
)
