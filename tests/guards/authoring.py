"""Rows T20 to T23 and T27: what pull requests bring, what is approved, what is printed, other versions."""

from __future__ import annotations

from typing import Final

from tests.guards.guard import PACKAGE, Guard

GUARDS: Final = (
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
        name="a patch comes out the same on each version",
        file=f"{PACKAGE}authoring/proof/everywhere.py",
        text="is_reached = first.exception() is None and task.is_known_by(first.result())",
        without="is_reached = False",
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
        name="servers know from which version on they read something",
        file="tests/authoring/test_newer.py",
        text="sql=\"SELECT json_value(a, '$') FROM t\", since=17",
        without="sql=\"SELECT json_value(a, '$') FROM t\", since=16",
        tests=(
            "tests/authoring/test_newer.py::test_the_servers_themselves_say_from_which_version_on_it_is_read_as_now",
        ),
    ),
    Guard(
        name="the version that reads a number is known",
        file=f"{PACKAGE}authoring/newer.py",
        text="_NUMBERS_SINCE: Final = 16",
        without="_NUMBERS_SINCE: Final = 15",
        tests=(
            "tests/authoring/test_newer.py::test_what_an_older_server_reads_otherwise_is_found_with_line_and_what_to_write",
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
)
