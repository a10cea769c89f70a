"""Patches apply in order, exactly once, each together with its ledger row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.outcome import Result
from rdspatch.core.work import Status
from tests.acceptance.target import new_run, noted

if TYPE_CHECKING:
    from tests.acceptance.target import Target

TRACE = "CREATE TABLE trace (id serial PRIMARY KEY, what text NOT NULL)"


def test_patches_apply_in_the_order_of_their_numbers(target: Target) -> None:
    target.patch("0010_c", noted("c"))
    target.patch("0002_b", noted("b"))
    target.patch("00001_a", f"{TRACE}; {noted('a')}")
    report = target.apply()
    assert [what for _, what in target.rows("SELECT * FROM trace ORDER BY id")] == ["a", "b", "c"]
    assert target.results(report) == ["00001_a applied", "0002_b applied", "0010_c applied"]
    assert (report.work.status, report.work.applied, report.work.pending) == (Status.DONE, 3, 0)


def test_a_second_run_does_nothing(target: Target) -> None:
    target.patch("0001_a", f"{TRACE}; {noted('a')}")
    target.apply()
    again = target.apply()
    assert (list(again.outcomes), again.work.applied) == ([], 0)
    assert target.value("SELECT count(*) FROM trace") == 1


def test_a_run_applies_only_what_is_new(target: Target) -> None:
    target.patch("0001_a", TRACE)
    target.apply()
    target.patch("0002_b", noted("b"))
    assert target.results(target.apply()) == ["0002_b applied"]


def test_a_failing_last_statement_leaves_neither_effect_nor_ledger_row(target: Target) -> None:
    target.patch("0001_a", f"{TRACE}; {noted('a')}; SELECT 1 / 0")
    target.fails()
    assert target.value("SELECT to_regclass('trace') IS NULL") is True
    assert target.applied() == []


def test_a_failed_patch_leaves_later_ones_unapplied_and_reports_them(target: Target) -> None:
    target.patch("0001_a", TRACE)
    target.patch("0002_b", "INSERT INTO nowhere VALUES (1)")
    target.patch("0003_c", noted("c"))
    report = target.apply_once()
    assert target.results(report) == ["0001_a applied", "0002_b failed", "0003_c not_reached"]
    assert target.applied() == ["0001_a"]
    assert (report.work.applied, report.work.pending) == (1, 2)
    assert target.rows("SELECT * FROM trace") == []


def test_a_run_after_the_repair_of_a_failed_patch_goes_on_at_it(target: Target) -> None:
    target.patch("0001_a", TRACE)
    target.patch("0002_b", "INSERT INTO nowhere VALUES (1)")
    target.fails()
    target.patch("0002_b", noted("b"))
    assert target.results(target.apply()) == ["0002_b applied"]


def test_queries_in_a_patch_may_return_rows_of_any_shape(target: Target) -> None:
    target.patch("0001_a", "SELECT 1; SELECT 'a', 2 WHERE false; SELECT 1, 2, 3; SELECT '0044-03-15 BC'::date, '{1,{'")
    assert [outcome.result for outcome in target.apply().outcomes] == [Result.APPLIED]


def test_text_reaches_the_server_as_it_stands_in_the_file(target: Target) -> None:
    text = r"100% %s %(x)s :name ::int \ \\ {\"a\": 1} ? $1 äöü 日本 😀"
    target.patch("0001_a", f"{TRACE}; {noted(text)} -- a comment ends the file")
    target.apply()
    assert target.value("SELECT what FROM trace") == text


def test_a_report_counts_what_earlier_calls_of_the_same_run_applied(target: Target) -> None:
    run = new_run()
    target.patch("0001_a", TRACE)
    target.apply(run=run)
    target.patch("0002_b", noted("b"))
    assert target.apply(run=run).work.applied == 2
