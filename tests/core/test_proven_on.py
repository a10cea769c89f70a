from __future__ import annotations

import pytest

from rdspatch.core.doctor.finding import State
from rdspatch.core.doctor.server import judge_proof
from rdspatch.core.lockfile import LockFile
from rdspatch.core.proven_on import majors, other_version
from tests.samples import locked

BOTH = LockFile(server=14, also=(17,))


@pytest.mark.parametrize("version", [140_023, 170_010])
def test_a_server_of_any_version_that_the_patches_were_proven_on_is_no_note(version: int) -> None:
    assert other_version(BOTH, version) is None
    assert judge_proof(BOTH, version).what == "the patches were proven on PostgreSQL 14 and 17, like this server"


def test_a_server_of_another_version_is_said_with_what_proves_them_there_too() -> None:
    note = other_version(BOTH, 160_014)
    assert note is not None
    assert note.cause == (
        "the patches were proven on PostgreSQL 14 and 17 and the server is PostgreSQL 16, where they were not tried; "
        'prove them on that version too: `server = ["14", "16", "17"]` in [tool.rdspatch], then `rdspatch lock`'
    )
    finding = judge_proof(BOTH, 160_014)
    assert (finding.state, finding.what, finding.instead) == (State.WARNING, note.what, note.instead)


def test_of_patches_that_nobody_proved_nothing_is_said() -> None:
    assert other_version(LockFile(), 140_000) is None
    assert judge_proof(LockFile(), 140_000).state is State.SKIPPED


def test_the_doctor_names_what_the_server_reads_otherwise() -> None:
    lock = LockFile(patches=(locked("SELECT 1_0;\n"),), server=18)
    finding = judge_proof(lock, 140_000)
    assert finding.state is State.PROBLEM
    assert "reads patches otherwise: 0001_test.sql:2: `1_0` is one number from PostgreSQL 16 on; " in finding.what
    assert finding.what.endswith("; write 10")
    assert judge_proof(lock, 160_000).state is State.WARNING


def test_versions_are_listed_as_people_do() -> None:
    assert [majors(versions) for versions in ((14,), (14, 17), (14, 16, 17))] == ["14", "14 and 17", "14, 16 and 17"]
