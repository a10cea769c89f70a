"""Rows that the audit has and the ledger lost: said by plan and verify, and applied again in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.adapters.patch_files import write_lock_file
from rdspatch.core.errors import PatchesLost, PlanRefused
from rdspatch.core.lockfile import render
from rdspatch.core.run import Run
from tests.acceptance.damaged import proven

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres
    from tests.handlers.function import Function

BASELINE = "CREATE TABLE users (id integer, name text)"
PATCHES = {
    "0001_fax": "ALTER TABLE users ADD COLUMN IF NOT EXISTS fax text",
    "0002_mail": "ALTER TABLE users ADD COLUMN IF NOT EXISTS mail text",
    "0003_names": "UPDATE users SET name = '?' WHERE name IS NULL",
    "0004_no_mail": "ALTER TABLE users DROP COLUMN IF EXISTS mail",
    "0005_notes": "CREATE TABLE IF NOT EXISTS notes (id integer)",
}
NAMES = list(PATCHES)
COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped"
REQUEST: dict[str, Any] = {}
FRESH = {"status": "continue", "wait_seconds": 0, "applied": 0, "pending": 0, "patch": None, "lock_attempts": 0}


@pytest.fixture(scope="module")
def lock_text(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    return render(proven(postgres_server, tmp_path_factory.mktemp("lost") / "patches", BASELINE, PATCHES))


def write(function: Function, lock_text: str) -> None:
    function.patches.write("baseline.sql", BASELINE)
    for name, sql in PATCHES.items():
        function.patches.patch(name, f"{sql};")
    write_lock_file(function.patches.path, lock_text)


@pytest.fixture
def applied(function: Function, lock_text: str) -> Function:
    """A function whose patches an earlier run has applied and recorded."""
    write(function, lock_text)
    function.query(BASELINE)
    function.apply()
    function.run = Run(id="next", started_at="2026-02-01T00:00:00Z")
    return function


def lose(function: Function, *names: str, also: str = "") -> None:
    """Take rows out of the ledger, and what else is gone with them."""
    listed = ", ".join(f"'{name}'" for name in names)
    function.query(
        "ALTER TABLE rdspatch.ledger DISABLE TRIGGER keep_rows; "
        f"DELETE FROM rdspatch.ledger WHERE patch_id IN ({listed}); "
        f"ALTER TABLE rdspatch.ledger ENABLE TRIGGER keep_rows; {also}"
    )


def columns(function: Function) -> set[str]:
    return {name for (name,) in function.query(COLUMNS)}


def ledger(function: Function) -> list[str]:
    return [name for (name,) in function.query("SELECT patch_id FROM rdspatch.ledger ORDER BY patch_id")]


def test_where_nothing_is_lost_nothing_is_said(applied: Function) -> None:
    answer = applied.call("plan", request=REQUEST)
    assert (answer["status"], answer["note"]) == ("done", "")
    assert applied.call("verify", request=REQUEST)["verified"] == len(NAMES)


def test_what_a_failover_took_is_said_by_plan_and_verify_and_applied_again(applied: Function) -> None:
    lose(applied, "0004_no_mail", "0005_notes", also="ALTER TABLE users ADD mail text; DROP TABLE notes")
    with pytest.raises(PatchesLost, match=r"2 patches are lost, .* knows to be applied: 0004_no_mail, 0005_notes\. "):
        applied.call("verify", request=REQUEST)
    answer = applied.call("plan", request=REQUEST)
    assert answer["note"] == (
        " 2 patches that the audit has as applied are not in the ledger: 0004_no_mail, 0005_notes."
    )
    assert answer["patches"] == ["0004_no_mail", "0005_notes"]
    applied.apply()
    assert ledger(applied) == NAMES
    assert columns(applied) == {"id", "name", "fax"}
    assert applied.call("verify", request=REQUEST)["verified"] == len(NAMES)
    assert applied.call("plan", request=REQUEST)["note"] == ""


@pytest.mark.parametrize("also", ["", "ALTER TABLE users DROP COLUMN fax"], ids=["its row only", "with what it did"])
def test_a_lost_patch_is_applied_before_later_ones_that_touch_nothing_of_it(applied: Function, also: str) -> None:
    lose(applied, "0001_fax", also=also)
    assert applied.call("plan", request=REQUEST)["patches"] == ["0001_fax"]
    applied.apply()
    assert ledger(applied) == NAMES
    assert columns(applied) == {"id", "name", "fax"}
    assert applied.call("verify", request=REQUEST)["verified"] == len(NAMES)
    assert applied.audited()[0] == ("patch_applied", "0001_fax")


def test_one_that_a_later_one_undid_is_not_run_again_and_gets_its_row(applied: Function) -> None:
    lose(applied, "0002_mail")
    applied.apply()
    assert ledger(applied) == NAMES
    assert columns(applied) == {"id", "name", "fax"}
    assert applied.call("verify", request=REQUEST)["verified"] == len(NAMES)


def test_nobody_is_asked_about_what_is_not_run(function: Function, postgres_server: EmbeddedPostgres) -> None:
    """A drop that a later patch has undone: only its row is written, so nothing is destroyed."""
    patches = {
        "0001_add": "ALTER TABLE users ADD COLUMN IF NOT EXISTS mail text",
        "0002_drop": "ALTER TABLE users DROP COLUMN IF EXISTS mail",
        "0003_add": "ALTER TABLE users ADD COLUMN IF NOT EXISTS mail text",
    }
    lock_text = render(proven(postgres_server, function.patches.path, BASELINE, patches))
    write_lock_file(function.patches.path, lock_text)
    function.query(BASELINE)
    function.apply()
    function.run = Run(id="next", started_at="2026-02-01T00:00:00Z")
    lose(function, "0002_drop")
    nothing = dict.fromkeys(("digest", "by", "comment"), "")
    answer = function.call("plan", request=REQUEST, approval={"ask": ["destructive"], "given": nothing})
    assert (answer["patches"], answer["additive"], answer["approval"]["needed"]) == (["0002_drop"], True, False)
    function.apply()
    assert ledger(function) == list(patches)
    assert columns(function) == {"id", "name", "mail"}


def test_one_that_would_take_back_what_a_later_one_did_is_refused_unless_somebody_allows_it(applied: Function) -> None:
    lose(applied, "0002_mail", also="ALTER TABLE users ADD mail text")
    for action, work in (("plan", {}), ("apply", {"work": FRESH})):
        with pytest.raises(PlanRefused) as caught:
            applied.call(action, request=REQUEST, **work)
        words = "0002_mail.sql: lost: the audit has it as applied"
        assert words in str(caught.value)
        assert "0004_no_mail, which is applied, touches the same, and column public.users.mail is there" in str(
            caught.value
        )
    assert ledger(applied) == [name for name in NAMES if name != "0002_mail"]
    applied.call("apply", request={"allow_out_of_order": True}, work=FRESH)
    assert ledger(applied) == NAMES


def test_several_are_applied_in_their_order(applied: Function) -> None:
    lose(applied, "0001_fax", "0002_mail", "0003_names", also="ALTER TABLE users DROP COLUMN fax")
    applied.apply()
    assert [name for event, name in applied.audited() if event == "patch_applied"] == NAMES[:3]
    assert columns(applied) == {"id", "name", "fax"}


def test_where_nobody_knows_what_a_later_one_touches_it_is_refused(applied: Function) -> None:
    lose(applied, "0001_fax")
    applied.query(
        "INSERT INTO rdspatch.ledger (patch_id, checksum, run_id, run_started_at) VALUES ('0009_newer', 'x', 'x', 'x')"
    )
    with pytest.raises(PlanRefused, match="of 0009_newer, which is applied after it, nobody knows here"):
        applied.call("plan", request=REQUEST)


def test_another_text_than_the_one_that_was_applied_is_out_of_order_as_ever(
    applied: Function, postgres_server: EmbeddedPostgres
) -> None:
    lose(applied, "0001_fax")
    edited = {**PATCHES, "0001_fax": f"{PATCHES['0001_fax']} -- edited\n"}
    found = proven(postgres_server, applied.patches.path, BASELINE, edited)
    write_lock_file(applied.patches.path, render(found))
    with pytest.raises(PlanRefused, match=r"0001_fax\.sql: it comes before 0005_notes, which is applied"):
        applied.call("plan", request=REQUEST)


def test_a_patch_that_was_never_applied_is_out_of_order_as_ever(function: Function, lock_text: str) -> None:
    write(function, lock_text)
    function.query(BASELINE)
    function.apply()
    lose(function, "0001_fax")
    for record in function.table.everything():
        if record.patch_id == "0001_fax":
            key = {"PK": {"S": record.partition}, "SK": {"S": record.sort}}
            function.table.client.delete_item(TableName="audit", Key=key)
    with pytest.raises(PlanRefused, match=r"0001_fax\.sql: it comes before 0005_notes, which is applied"):
        function.call("plan", request=REQUEST)


def test_what_has_no_file_here_is_said_and_stops_nothing(applied: Function) -> None:
    """A branch's patch that was renumbered before its merge, on a database that was made anew since."""
    applied.query("DROP SCHEMA rdspatch CASCADE; DROP TABLE notes")
    for name in NAMES:
        (applied.patches.path / f"{name}.sql").unlink()
    applied.patches.patch("0001_other", "SELECT 1;")
    applied.patches.lock()
    assert "5 patches that the audit has" in applied.call("plan", request=REQUEST)["note"]
    applied.apply()
    assert applied.call("verify", request=REQUEST)["verified"] == 1


def test_another_targets_records_say_nothing_of_this_one(applied: Function) -> None:
    applied.query("DROP SCHEMA rdspatch CASCADE")
    applied.setenv(TARGET="other")
    answer = applied.call("plan", request=REQUEST)
    assert (answer["pending"], answer["note"]) == (5, "")


def test_an_invocation_ends_when_an_earlier_one_of_its_run_has_recorded_what_is_gone(
    function: Function, lock_text: str
) -> None:
    write(function, lock_text)
    function.query(BASELINE)
    work = function.call("apply", request=REQUEST, work=FRESH, remaining=1_000)
    work = function.call("apply", request=REQUEST, work=work, remaining=1_000)
    assert work["applied"] == 2
    lose(function, "0002_mail", also="ALTER TABLE users DROP COLUMN mail")
    with pytest.raises(PatchesLost, match="lacks what the audit has as applied by this run: 0002_mail") as caught:
        function.call("apply", request=REQUEST, work=work)
    assert caught.value.patches == ("0002_mail",)
    assert ledger(function) == ["0001_fax"]
    function.run = Run(id="next", started_at="2026-02-01T00:00:00Z")
    function.apply()
    assert ledger(function) == NAMES


def test_the_doctor_names_what_is_lost(applied: Function) -> None:
    def found() -> dict[str, Any]:
        findings = applied.call("doctor")["findings"]
        return next(finding for finding in findings if finding["check"] == "lost patches")

    assert found()["state"] == "ok"
    lose(applied, "0005_notes")
    assert found() == {
        "check": "lost patches",
        "state": "warning",
        "what": "1 patch that the audit has as applied is not in the ledger: 0005_notes",
        "instead": "start a run: it applies them again, in their order",
    }
    for name in NAMES:
        (applied.patches.path / f"{name}.sql").unlink()
    applied.patches.lock()
    assert found()["instead"] == "deploy the patches that have their files, unless they were given up on purpose"
