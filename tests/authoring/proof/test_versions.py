"""Proofs on several versions, brought together."""

from __future__ import annotations

from dataclasses import replace

from rdspatch.authoring.proof.versions import dependence_problems, effect_problems, merged
from rdspatch.core.dependence import Cause, Dependence
from rdspatch.core.lockfile import LockFile
from rdspatch.core.proof import Hazard, HazardKind, StatementTrace
from rdspatch.core.schema import Effect, ObjectKind, ObjectName
from rdspatch.core.scope import Scope
from tests.samples import locked

PATCH = replace(locked(), effects=())
SCAN, REWRITE, DATA = (
    Hazard(kind=kind, line=2, on="public.t", sentence=sentence)
    for kind, sentence in (
        (HazardKind.SCAN, "reads all of t"),
        (HazardKind.REWRITE, "writes t again"),
        (HazardKind.DATA, "changes t"),
    )
)


def proof(server: int, *hazards: Hazard, trace: StatementTrace | None = None, unproven: str = "") -> LockFile:
    traces = (trace or StatementTrace(),)
    entry = replace(PATCH, hazards=hazards, traces=traces, unproven=(unproven,) if unproven else ())
    return LockFile(patches=(entry,), server=server)


def test_a_hazard_that_not_every_version_has_says_which_ones_do() -> None:
    proofs = [proof(14, SCAN, REWRITE), proof(16, SCAN, DATA), proof(17, SCAN, REWRITE)]
    (entry,) = merged(proofs).patches
    assert [hazard.sentence for hazard in entry.hazards] == [
        "reads all of t",
        "writes t again, on PostgreSQL 14 and 17",
        "changes t, on PostgreSQL 16",
    ]
    again = [replace(one, patches=(entry,)) for one in proofs]
    assert merged(again).patches == (entry,), "what is known of every version is not said twice"


def test_the_strongest_lock_of_any_version_counts_and_all_that_any_of_them_reads_or_could_not_look_at() -> None:
    weak = StatementTrace(locks=(("t", "ShareLock"), ("u", "AccessShareLock")), scans=("t",))
    strong = StatementTrace(locks=(("t", "AccessExclusiveLock"),), rewrites=("t",), scans=("t", "u"))
    lock = merged([proof(14, trace=weak, unproven="one"), proof(17, trace=strong, unproven="other")])
    assert lock.servers == (14, 17)
    (entry,) = lock.patches
    assert entry.traces == (
        StatementTrace(
            locks=(("t", "AccessExclusiveLock"), ("u", "AccessShareLock")), rewrites=("t",), scans=("t", "u")
        ),
    )
    assert entry.unproven == ("one", "other")


def test_what_is_not_the_same_everywhere_on_one_version_only_is_a_problem_that_names_both() -> None:
    clock = Dependence(cause=Cause.CLOCK, object=ObjectName(ObjectKind.TABLE, ("public", "e")))
    first, other = proof(14), proof(17)
    other = replace(other, patches=(replace(other.patches[0], depends=(clock,)),))
    (problem,) = dependence_problems(first, other)
    assert str(problem).startswith(
        "0001_test.sql: on PostgreSQL 17, and not on 14: table public.e depends on the clock; write it so that"
    )
    assert dependence_problems(other, other) == []


INDEX = ObjectName(ObjectKind.INDEX, ("public", "i"))


def making(server: int, **after: object) -> LockFile:
    """The proof of a patch that makes an index."""
    effects = (Effect(object=INDEX, before=None, after=after),) if after else ()
    return LockFile(patches=(replace(PATCH, effects=effects),), server=server)


def test_the_text_of_an_expression_may_differ_and_nothing_else() -> None:
    first = making(14, definition="a IN (1)", valid=True)
    assert effect_problems(first, making(17, definition="a = 1", valid=True).patches) == {}
    for other in (making(17, definition="a IN (1)", valid=False), making(17)):
        (problem,) = effect_problems(first, other.patches).values()
        assert problem.what.startswith(
            "comes out otherwise than on PostgreSQL 14, by whose proof runs go: index public.i"
        )
    assert "it does nothing, and on 14 adds index public.i" in problem.what


def test_what_lies_outside_of_the_scope_may_differ_as_well() -> None:
    first = replace(making(14, definition="a", valid=True), scope=Scope(ignore=("public.i",)))
    assert effect_problems(first, making(17).patches) == {}
