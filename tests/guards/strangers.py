"""Rows T9, T25 and T26: other roles of the database."""

from __future__ import annotations

from typing import Final

from tests.guards.guard import PACKAGE, Guard

_ATTEMPTS: Final = (
    "tests/faults/attacks/test_attempts.py::test_no_code_of_a_stranger_runs_and_running_again_is_the_recovery"
)

GUARDS: Final = (
    Guard(
        name="the path is reset and pinned for every message",
        file=f"{PACKAGE}adapters/postgres/message.py",
        text=(
            '            "RESET ALL",\n            *set_statements(self.pinned, scope=scope),\n            role,\n'
            '            f"SET {scope}search_path = {path}",\n'
        ),
        without="            *set_statements(self.pinned, scope=scope),\n            role,\n",
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
        name="strangers are looked for at the ledger",
        file=f"{PACKAGE}adapters/postgres/strangers.py",
        text="FROM (\\n{found}) AS f",
        without="FROM (\\n{found}) AS f WHERE false",
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
)
