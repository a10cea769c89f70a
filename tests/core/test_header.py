from __future__ import annotations

from datetime import timedelta

import pytest

from rdspatch.core.header import parse_header
from rdspatch.core.patch import Allowance, Directives, Transaction

FIRST = "-- patch: A test.\n"


def directives_of(text: str) -> Directives:
    directives, problems = parse_header("0001_a.sql", text)
    assert problems == ()
    return directives


def complaints(text: str) -> list[str]:
    """Each problem's line and what it says."""
    _, problems = parse_header("0001_a.sql", text)
    return [f"{problem.where.removeprefix('0001_a.sql:')} {problem.what}" for problem in problems]


def test_every_directive_is_read() -> None:
    text = (
        "-- patch: Index the jobs: by owner.\n"
        "-- lock-timeout: 100ms\n"
        "-- statement-timeout: 14min\n"
        "-- transaction: none\n"
        "-- verify: SELECT count(*) = 0 FROM t WHERE a = ':x'\n"
        "-- verify: SELECT true;\n"
        "-- allow: drop-column because nothing reads it\n"
        "-- allow: notify because workers: all -- of them -- reload\n"
        "SELECT 1;\n"
    )
    assert directives_of(text) == Directives(
        patch="Index the jobs: by owner.",
        lock_timeout=timedelta(milliseconds=100),
        statement_timeout=timedelta(minutes=14),
        transaction=Transaction.NONE,
        verify=("SELECT count(*) = 0 FROM t WHERE a = ':x'", "SELECT true"),
        allow=(
            Allowance(name="drop-column", reason="nothing reads it"),
            Allowance(name="notify", reason="workers: all -- of them -- reload"),
        ),
    )


def test_what_is_not_said_has_its_default() -> None:
    assert directives_of(f"{FIRST}SELECT 1") == Directives(patch="A test.")


@pytest.mark.parametrize(
    "comment",
    ["-- A sentence about it.", "--", "-- - a list", "--------", "-- see https://example.com/x", "-- 1: first", "\n"],
)
def test_prose_between_directives_is_left_alone(comment: str) -> None:
    directives = directives_of(f"{FIRST}{comment}\n\n-- lock-timeout: 5s\nSELECT 1")
    assert directives.lock_timeout == timedelta(seconds=5)


MALFORMED = (
    "-- lock-timeout=5s",
    "--lock-timeout: 5s",
    "-- Lock-Timeout: 5s",
    "-- LOCK-TIMEOUT: 5s",
    "-- lock_timeout: 5s",
    "--  lock-timeout: 5s",
    "-- lock-timeout : 5s",
    "-- lock-timeout:5s",
    "-- lock-timeout:",
    "--\tlock-timeout: 5s",
    "  -- lock-timeout: 5s",
)


@pytest.mark.parametrize("line", MALFORMED)
def test_a_line_that_is_nearly_a_directive_is_refused_and_not_ignored(line: str) -> None:
    _, problems = parse_header("0001_a.sql", f"{FIRST}\n{line}\nSELECT 1")
    (problem,) = problems
    assert problem.where == "0001_a.sql:3"
    assert "malformed" in problem.what
    assert "`-- lock-timeout: 100ms`" in problem.instead


MEANT = {
    "lock-timout: 5s": "lock-timeout",
    "lock-timeuot: 5s": "lock-timeout",
    "loc-timeot: 5s": "lock-timeout",
    "statment-timeout: 5s": "statement-timeout",
    "transacton: none": "transaction",
    "verfy: SELECT true": "verify",
    "verifiy: (SELECT true)": "verify",
    "alow: drop-column because nothing reads it": "allow",
    "Allows: squawk/renaming-column because both are read": "allow",
}


@pytest.mark.parametrize("directive", MEANT)
def test_a_near_miss_of_a_known_directive_is_refused_with_its_name(directive: str) -> None:
    _, (problem,) = parse_header("0001_a.sql", f"{FIRST}-- {directive}\nSELECT 1")
    assert problem.where == "0001_a.sql:2"
    assert problem.what == f"unknown directive `{directive.partition(':')[0]}`"
    assert f"`{MEANT[directive]}`" in problem.instead


@pytest.mark.parametrize("line", ["-- timeout: 5s", "-- lock wait timeout: 100ms", "-- Timeout = 1min"])
def test_a_timeout_of_another_name_is_refused_with_the_known_ones(line: str) -> None:
    _, (problem,) = parse_header("0001_a.sql", f"{FIRST}{line}\nSELECT 1")
    assert "unknown directive" in problem.what
    assert "lock-timeout" in problem.instead


@pytest.mark.parametrize("line", ["-- lock timeout: 5s", "-- Lock Timeout = 5s", "-- LOCK_TIMEOUT: 5s"])
def test_a_directive_with_spaces_or_capitals_in_its_name_is_malformed(line: str) -> None:
    (complaint,) = complaints(f"{FIRST}{line}\nSELECT 1")
    assert complaint == f"2 malformed directive `{line}`"


COMMENTS = (
    "-- SPDX-License-Identifier: Apache-2.0",
    "-- NOTE: see https://example.com",
    "-- https://example.com/a?b=c",
    "-- note: careful",
    "-- environment: production",
    "-- Author: Ada Lovelace <ada@example.com>",
    "-- Copyright (c) 2024: The Authors",
    "-- REVIEW(ada): the rest",
    "-- a=b",
    "-- We do it in two steps: first the column, then the index.",
    "-- Batch: 42",
    "-- Path: /srv/reports",
    "-- Patch: number 7 of the series",
    "-- Allows: everybody to log in",
    "-- Verify: by hand, on the dashboard",
    "-- Transaction: one, as always",
    "-- vim: set ft=sql:",
    "-- timeout: see the wiki",
)


@pytest.mark.parametrize("line", COMMENTS)
def test_a_comment_with_a_colon_is_a_comment(line: str) -> None:
    assert directives_of(f"{FIRST}{line}\nSELECT 1") == Directives(patch="A test.")


@pytest.mark.parametrize("line", ["-- Patch: Add a column.", "-- pacth: Add a column.", "--patch: Add a column."])
def test_a_sentence_that_is_nearly_there_is_named(line: str) -> None:
    first, second = complaints(f"{line}\nSELECT 1")
    assert first.startswith(("1 malformed directive", "1 unknown directive"))
    assert second == "1 the directive `patch` is missing"


UNUSABLE = {
    "lock-timeout: 5": "no duration above zero",
    "lock-timeout: 0s": "no duration above zero",
    "lock-timeout: -1s": "no duration above zero",
    "lock-timeout: 1.5s": "no duration above zero",
    "lock-timeout: 5 s": "no duration above zero",
    "lock-timeout: 5S": "no duration above zero",
    "lock-timeout: \u0665s": "no duration above zero",
    "lock-timeout: 5s -- enough": "no duration above zero",
    "lock-timeout: 11s": "more than 10 s",
    "lock-timeout: 10001ms": "more than 10 s",
    "statement-timeout: 15min": "more than 840 s",
    "statement-timeout: 1h": "no duration above zero",
    "transaction: one": "`transaction: one` is unknown",
    "transaction: None": "`transaction: None` is unknown",
    "allow: drop-column": "gives no reason",
    "allow: drop-column because": "gives no reason",
    "allow: Drop-Column because it is old": "gives no reason",
}


@pytest.mark.parametrize("directive", UNUSABLE)
def test_an_unusable_value_is_refused(directive: str) -> None:
    (complaint,) = complaints(f"{FIRST}-- {directive}\nSELECT 1")
    assert complaint.startswith("2 ")
    assert UNUSABLE[directive] in complaint


@pytest.mark.parametrize("directive", ["lock-timeout: 10s", "lock-timeout: 10000ms", "statement-timeout: 14min"])
def test_the_longest_duration_is_taken(directive: str) -> None:
    directives_of(f"{FIRST}-- {directive}\nSELECT 1")


@pytest.mark.parametrize(
    "directive",
    ["patch: Again.", "lock-timeout: 5s", "statement-timeout: 5s", "transaction: none"],
)
def test_a_directive_that_is_given_twice_is_refused(directive: str) -> None:
    first = "" if directive.startswith("patch") else FIRST
    name = directive.partition(":")[0]
    line = 3 if first else 2
    assert complaints(f"{first}-- {directive}\n-- {directive}\nSELECT 1") == [
        f"{line} directive `{name}` is given twice"
    ]


def test_a_directive_after_the_first_statement_is_refused() -> None:
    (complaint,) = complaints(f"{FIRST}SELECT 1;\n\n-- lock-timeout: 5s\n")
    assert complaint.startswith("4 directive `lock-timeout` below the header has no effect")


def test_a_malformed_directive_after_the_first_statement_is_refused_too() -> None:
    (complaint,) = complaints(f"{FIRST}SELECT 1;\n-- Lock-Timeout=5s\n")
    assert complaint.startswith("3 directive `lock-timeout` below the header has no effect")


def test_the_sentence_must_be_printable() -> None:
    (complaint,) = complaints("-- patch: Red \x1b[31m and \u202e turned.\nSELECT 1")
    assert complaint.startswith("1 the sentence holds characters that do not print")


def test_a_comment_after_the_first_statement_may_look_like_anything_else() -> None:
    assert complaints(f"{FIRST}SELECT 1;\n-- note: nothing\n-- a=b\n") == []


@pytest.mark.parametrize("text", ["SELECT 1", "", "-- lock-timeout: 5s\nSELECT 1", "-- A sentence.\nSELECT 1"])
def test_the_sentence_must_be_there(text: str) -> None:
    assert complaints(text) == ["1 the directive `patch` is missing"]


def test_the_sentence_is_short() -> None:
    assert complaints(f"-- patch: {'x' * 200}\n") == []
    assert complaints(f"-- patch: {'x' * 201}\n") == ["1 the sentence has 201 characters, more than 200"]


def test_every_problem_is_reported() -> None:
    text = "-- timeout: 1s\n-- lock-timeout=1s\n-- allow: x\nSELECT 1"
    lines = [complaint.split()[0] for complaint in complaints(text)]
    assert lines == ["1", "2", "3", "1"]
