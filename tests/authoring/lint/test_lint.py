"""What lint knows beyond one statement: the patch, the patches before it, and the header."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rdspatch.authoring.lint.lint import LintReport, lint
from rdspatch.core.directory import PatchDirectory
from tests.authoring.lint.findings import assert_clean, assert_finds, lint_sql
from tests.authoring.patch_factory import HEADER, patch_of

ROOT = Path(__file__).resolve().parents[3]
TABLE = "CREATE TABLE meshes (id bigint, name text);\n"
ALLOW_DROP = "-- patch: A test.\n-- allow: drop-table because nobody reads it\n"


def lint_patches(*texts: str, baseline: str = "") -> LintReport:
    patches = tuple(patch_of(text, f"{number:04}_test.sql") for number, text in enumerate(texts, start=1))
    return lint(PatchDirectory(baseline=baseline, patches=patches))


def places(report: LintReport) -> list[tuple[str, str, int, int, int, int]]:
    found = [(finding.file_name[:4], finding.rule.id, finding.place) for finding in report.findings]
    return [(name, rule, at.line, at.column, at.end_line, at.end_column) for name, rule, at in found]


def test_a_place_counts_characters_over_several_lines() -> None:
    report = lint_sql("SELECT 'é🙂'; DROP TABLE\n  IF EXISTS a;\n")
    assert places(report) == [("0001", "drop-table", 2, 14, 3, 14)]


def test_a_place_that_squawk_found_counts_characters_too() -> None:
    report = lint_sql('SELECT 1; ALTER TABLE IF EXISTS "é🙂"\n  /* ü */ RENAME TO b;\n')
    assert places(report) == [("0001", "squawk/renaming-table", 3, 11, 3, 22)]


def test_a_place_in_a_block_is_its_line() -> None:
    report = lint_sql("DO $$\nBEGIN\n  IF true THEN\n    DROP TABLE a;\n  END IF;\nEND $$;\n")
    assert places(report) == [("0001", "drop-table", 5, 5, 5, 18)]


def test_findings_come_in_the_order_of_files_and_lines() -> None:
    report = lint_patches(f"{HEADER}SELECT 1;\nDROP TABLE IF EXISTS b;\nTRUNCATE a;", f"{HEADER}BEGIN;")
    assert [(name, rule) for name, rule, *_ in places(report)] == [
        ("0001", "drop-table"),
        ("0001", "truncate"),
        ("0002", "transaction-control"),
    ]


def test_a_file_that_does_not_parse_hides_no_other() -> None:
    report = lint_patches(f"{HEADER}SELEC 1;", f"{HEADER}TRUNCATE a;", f"{HEADER}SELECT (;", baseline="\\restrict x\n")
    assert [(finding.file_name, finding.rule.id, finding.place.line) for finding in report.findings] == [
        ("0001_test.sql", "syntax-error", 2),
        ("0002_test.sql", "truncate", 2),
        ("0003_test.sql", "syntax-error", 2),
        ("baseline.sql", "syntax-error", 1),
    ]


def test_a_table_is_new_in_the_patch_that_creates_it_only() -> None:
    index = "CREATE INDEX IF NOT EXISTS i ON jobs (id);"
    created = f"{HEADER}CREATE TABLE IF NOT EXISTS jobs (id bigint);\n"
    assert_clean(lint_patches(f"{created}{index}"))
    assert_finds(lint_patches(created, HEADER + index), "squawk/require-concurrent-index-creation")
    assert_finds(
        lint_patches(f"{created}{index}", baseline="CREATE TABLE jobs (id bigint);"),
        "squawk/require-concurrent-index-creation",
    )


def test_a_check_of_an_earlier_patch_proves_a_column_once_it_is_validated() -> None:
    constraint = "ALTER TABLE meshes ADD CONSTRAINT c CHECK (name IS NOT NULL) NOT VALID;"
    add = f"{HEADER}DO $$ BEGIN IF true THEN\n{constraint}\nEND IF; END $$;"
    validate = f"{HEADER}ALTER TABLE meshes VALIDATE CONSTRAINT c;"
    set_not_null = f"{HEADER}ALTER TABLE meshes ALTER COLUMN name SET NOT NULL;"
    drop = f"{HEADER}ALTER TABLE meshes DROP CONSTRAINT IF EXISTS c;"
    assert_clean(lint_patches(add, validate, set_not_null, baseline=TABLE))
    assert_finds(lint_patches(add, set_not_null, baseline=TABLE), "set-not-null")
    assert_finds(lint_patches(add, validate, drop, set_not_null, baseline=TABLE), "set-not-null")


@pytest.mark.parametrize("check", ["name IS NULL", "name IS NOT NULL OR id > 0", "NOT (name IS NOT NULL)"])
def test_a_check_that_says_something_else_proves_nothing(check: str) -> None:
    baseline = f"CREATE TABLE meshes (id bigint, name text, CHECK ({check}));"
    assert_finds(lint_sql("ALTER TABLE meshes ALTER COLUMN name SET NOT NULL;", baseline=baseline), "set-not-null")


def test_what_is_known_of_a_table_follows_its_names() -> None:
    created = "CREATE TABLE public.a (x int, CONSTRAINT c CHECK (x IS NOT NULL));\n"
    baseline = f"{created}ALTER TABLE a RENAME TO b;\nALTER TABLE b RENAME COLUMN x TO y;\n"
    assert_finds(lint_sql("ALTER TABLE public.b ALTER COLUMN y TYPE smallint;", baseline=baseline), "narrowing-type")
    assert_clean(lint_sql("ALTER TABLE b ALTER COLUMN y TYPE int4;", baseline=baseline))
    assert_finds(lint_sql("ALTER TABLE app.b ALTER COLUMN y TYPE int4;", baseline=baseline), "type-change")


@pytest.mark.parametrize("gone", ["DROP TABLE meshes;", "ALTER TABLE meshes DROP COLUMN name;"])
def test_what_was_dropped_is_no_longer_known(gone: str) -> None:
    report = lint_sql("ALTER TABLE meshes ALTER COLUMN name TYPE varchar;", baseline=TABLE + gone)
    assert_finds(report, "type-change")


def test_allow_silences_its_rule_in_its_patch_only() -> None:
    assert_clean(lint_patches(f"{ALLOW_DROP}DROP TABLE IF EXISTS a;"))
    assert_finds(lint_patches(f"{ALLOW_DROP}DROP TABLE IF EXISTS a;\nTRUNCATE b;"), "truncate")
    report = lint_patches(f"{ALLOW_DROP}DROP TABLE IF EXISTS a;", f"{HEADER}DROP TABLE IF EXISTS b;")
    assert [(name, rule) for name, rule, *_ in places(report)] == [("0002", "drop-table")]


def test_an_allow_that_nothing_needs_is_found_at_its_line() -> None:
    report = lint_patches(f"{ALLOW_DROP}-- allow: truncate because it is empty\nDROP TABLE IF EXISTS a;")
    assert places(report) == [("0001", "unused-allow", 3, 1, 3, 39)]


def test_an_allow_is_not_judged_in_a_file_that_does_not_parse() -> None:
    assert_finds(lint_patches(f"{ALLOW_DROP}DROP TABEL a;"), "syntax-error")


def test_a_hazard_of_the_proof_may_be_allowed() -> None:
    assert_clean(lint_patches("-- patch: A test.\n-- allow: rewrite because it is small\nSELECT 1;"))


def test_a_refusal_cannot_be_allowed() -> None:
    report = lint_patches("-- patch: A test.\n-- allow: reset because I like it\nRESET work_mem;")
    assert_finds(report, "reset", "unused-allow")


def test_a_mistake_is_found_once_by_the_rule_that_knows_most() -> None:
    for sql, rule in (
        ("ALTER TABLE a ADD COLUMN IF NOT EXISTS b serial NOT NULL;", "serial-column"),
        ("ALTER TABLE a ALTER COLUMN b SET NOT NULL;", "set-not-null"),
        ("ALTER TABLE a DROP COLUMN IF EXISTS b;", "drop-column"),
        ("TRUNCATE a CASCADE;", "truncate"),
        ("ALTER TABLE a ADD COLUMN IF NOT EXISTS b int REFERENCES c (d);", "squawk/adding-foreign-key-constraint"),
    ):
        assert [finding.rule.id for finding in lint_sql(sql).findings] == [rule]


def test_two_mistakes_in_one_statement_are_two_findings() -> None:
    assert_finds(
        lint_sql("ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0), DROP COLUMN d;"),
        "drop-column",
        "not-rerunnable",
        "squawk/constraint-missing-not-valid",
        "unguarded-statement",
    )


def test_a_function_body_is_no_statement_of_the_patch() -> None:
    assert_clean(
        lint_sql("CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE a; END $$;")
    )


def test_every_message_ends_with_what_to_write_instead() -> None:
    report = lint_sql("DROP TABLE a;\nCREATE TYPE b AS ENUM ();\nVACUUM c;")
    assert report.findings
    assert all(finding.message.endswith(finding.rule.instead) for finding in report.findings)


def test_rows_are_not_looked_at_twice_by_the_verify_rule() -> None:
    sql = "DELETE FROM a WHERE b = 1;\nDELETE FROM a WHERE b = 2;"
    assert [finding.rule.id for finding in lint_sql(sql).findings] == ["data-without-verify"]


def test_the_recipes_of_the_patch_directory_are_clean() -> None:
    readme = (ROOT / "patches" / "README.md").read_text()
    recipes = re.findall(r"```sql\n(.*?)```", readme, re.DOTALL)
    assert len(recipes) > 5
    assert_clean(lint_patches(*recipes, baseline=(ROOT / "patches" / "baseline.sql").read_text()))
