"""plan, verify, apply and doctor beside an audit table: what it has as applied and the ledger lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from rdspatch.cli import doctor as command
from rdspatch.core.doctor.finding import ok
from tests.audit_table import NAME, REGION, AuditTable, audit_table
from tests.recorded_runs import ENDED, Records, applied, asked, put, run_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.cli.conftest import DatabaseShell

TABLE = ("--audit-table", NAME, "--target", "shop")


@pytest.fixture
def table(dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuditTable]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with audit_table(dynamodb) as made:
        yield made


@pytest.fixture
def lost(database: DatabaseShell, table: AuditTable) -> DatabaseShell:
    """Two patches that are applied and recorded; of the second the database knows nothing any more."""
    database.patches.patch("0001_a", "CREATE TABLE IF NOT EXISTS a (id int);")
    database.patches.patch("0002_b", "CREATE TABLE IF NOT EXISTS b (id int);")
    database.on_database("apply")
    rows = database.query("SELECT patch_id, checksum FROM rdspatch.ledger ORDER BY number")
    entries = [applied(name, checksum=checksum, run_id="third") for name, checksum in rows]
    started = datetime.now(UTC) - timedelta(days=1)
    put(table, Records(run_of("third", started=started), "shop").whole(asked(), *entries, ended=ENDED))
    database.query(
        "ALTER TABLE rdspatch.ledger DISABLE TRIGGER keep_rows; DELETE FROM rdspatch.ledger WHERE patch_id = '0002_b'; "
        "ALTER TABLE rdspatch.ledger ENABLE TRIGGER keep_rows; DROP TABLE b"
    )
    return database


def test_plan_says_what_is_lost_and_that_it_is_applied_again(lost: DatabaseShell) -> None:
    printed = lost.on_database("plan", *TABLE)
    assert (printed.code, printed.err) == (
        0,
        "note: 1 patch that the audit has as applied is not in the ledger: 0002_b\n",
    )
    assert "lost: the audit has it as applied 2026-01-01 12:30:30 UTC by run third, and the ledger" in printed.out
    assert "lost" not in lost.on_database("plan").out


def test_verify_ends_with_4_until_it_is_applied_again(lost: DatabaseShell) -> None:
    printed = lost.on_database("verify", "--format", "json", *TABLE)
    assert (printed.code, printed.json["lost"], printed.json["verified"]) == (4, ["0002_b"], [])
    assert printed.err.startswith("PatchesLost: 1 patch is lost, for the ledger lacks what the run or the audit knows")
    assert lost.on_database("verify").code == 0
    assert lost.on_database("apply", *TABLE).code == 0
    again = lost.on_database("verify", *TABLE)
    assert (again.code, again.out) == (0, "2 applied patches verified\n")


def test_a_target_without_a_record_is_said(lost: DatabaseShell) -> None:
    printed = lost.on_database("plan", "--audit-table", NAME, "--target", "shap")
    assert (printed.code, printed.err) == (0, "note: audit has no record of shap\n")


@pytest.mark.parametrize("given", [TABLE[:2], TABLE[2:]], ids=["no target", "no table"])
@pytest.mark.parametrize("name", ["plan", "verify", "apply"])
def test_one_without_the_other_is_refused(lost: DatabaseShell, name: str, given: tuple[str, ...]) -> None:
    printed = lost.on_database(name, *given)
    assert printed.code == 2
    assert f"{given[0]}: is given without --" in printed.err


def test_the_doctor_compares_where_it_is_given_both(lost: DatabaseShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "database_looks", lambda *_, **__: ())
    printed = lost.type("doctor", "--database", lost.url, *TABLE, "--format", "json")
    (finding,) = printed.json[0]["findings"]
    assert (finding["check"], finding["state"]) == ("lost patches", "warning")
    assert finding["what"].endswith("is not in the ledger: 0002_b")
    lost.on_database("apply")
    (finding,) = lost.type("doctor", "--database", lost.url, *TABLE, "--format", "json").json[0]["findings"]
    assert finding == ok("lost patches", "the ledger has every patch that the audit has as applied").to_json()
