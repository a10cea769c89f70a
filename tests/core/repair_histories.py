"""Histories of patches, as data: what is missing of them, and which patches bring it back, or why none does."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rdspatch.core.drift import Drift, drift_between
from rdspatch.core.ledger import Ledger
from rdspatch.core.lockfile import LockedBaseline, LockFile
from rdspatch.core.proof import Hazard, HazardKind
from rdspatch.core.repair import RepairPlan, plan_repair
from rdspatch.core.schema import Effect, ObjectKind, ObjectName, Schema
from rdspatch.core.scope import Scope
from tests.authoring.patch_factory import HEADER, NO_TRANSACTION
from tests.samples import locked, row_of

if TYPE_CHECKING:
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.schema import Properties


def name(kind: ObjectKind, *path: str) -> ObjectName:
    return ObjectName(kind, ("public", *path))


T, NEW = name(ObjectKind.TABLE, "t"), name(ObjectKind.TABLE, "new")
A, C, D = (name(ObjectKind.COLUMN, "t", column) for column in "acd")
N, N2 = name(ObjectKind.COLUMN, "new", "n"), name(ObjectKind.COLUMN, "new", "n2")
CHECK = name(ObjectKind.CONSTRAINT, "t", "t_check")
INDEX = name(ObjectKind.INDEX, "t_by_c")
VIEW, SEQUENCE, TICKETS = name(ObjectKind.VIEW, "v"), name(ObjectKind.SEQUENCE, "s"), name(ObjectKind.TABLE, "tickets")
TABLE = {"kind": "table"}
TEXT: dict[str, Any] = {"type": "text", "nullable": True}
SHORT = {**TEXT, "type": "varchar(9)"}
OPEN = {"definition": "CHECK (a > 0)", "validated": False}
BUILT = {"definition": "CREATE INDEX t_by_c ON public.t USING btree (c)", "valid": True}
BASE: dict[ObjectName, Properties] = {T: TABLE, A: TEXT}


def adds(item: ObjectName, after: Properties = TEXT) -> Effect:
    return Effect(object=item, before=None, after=after)


def drops(item: ObjectName, before: Properties = TEXT) -> Effect:
    return Effect(object=item, before=before, after=None)


VALIDATES = Effect(object=CHECK, before=OPEN, after={**OPEN, "validated": True})
SHORTENS = Effect(object=C, before=TEXT, after=SHORT)


def patch(
    number: int, *effects: Effect, sql: str = "SELECT 1;\n", header: str = HEADER, hazard: HazardKind | None = None
) -> LockedPatch:
    hazards = () if hazard is None else (Hazard(kind=hazard, line=7, on="public.t", sentence="does it"),)
    return replace(locked(sql, name=f"000{number}_p", header=header), effects=effects, hazards=hazards)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Patches that are applied, what is gone since, and what is there instead."""

    patches: tuple[LockedPatch, ...]
    gone: tuple[ObjectName, ...] = ()
    instead: dict[ObjectName, Properties] = field(default_factory=dict)
    order: tuple[int, ...] = ()
    """The places of the ledger's rows, where it is not the patches' own order."""
    scope: Scope = field(default_factory=Scope)

    @property
    def lock(self) -> LockFile:
        baseline = LockedBaseline(checksum="c", schema=Schema(BASE))
        return LockFile(patches=self.patches, baseline=baseline, server=18, scope=self.scope)

    @property
    def ledger(self) -> Ledger:
        order = self.order or tuple(range(len(self.patches)))
        return Ledger(tuple(row_of(self.patches[place]) for place in order))

    def live(self) -> Schema:
        schema = Schema(BASE).with_effects(effect for it in self.patches for effect in it.effects or ())
        kept = {item: properties for item, properties in schema.objects.items() if item not in self.gone}
        return Schema(kept | self.instead)

    def drift(self) -> Drift:
        return drift_between(self.lock, self.ledger, self.live())

    def plan(self, limit: int = 10) -> RepairPlan:
        return plan_repair(self.lock, self.ledger, self.drift(), limit=limit)


CONCURRENTLY = "CREATE INDEX CONCURRENTLY t_by_c ON t (c);\n"
ADDS_C, ADDS_D = patch(1, adds(C)), patch(2, adds(D))
REPLAYED = {
    "nothing is missing": (History(patches=(ADDS_C,)), ""),
    "one of two": (History(patches=(ADDS_C, ADDS_D), gone=(D,)), "2"),
    "a patch with a part that is there": (History(patches=(patch(1, adds(C), adds(D)),), gone=(C,)), "1"),
    "a table with what a later patch put on it": (
        History(patches=(patch(1, adds(NEW, TABLE), adds(N)), patch(2, adds(N2))), gone=(NEW, N, N2)),
        "12",
    ),
    "a column of a table that is there": (
        History(patches=(patch(1, adds(NEW, TABLE), adds(N)), patch(2, adds(N2))), gone=(N2,)),
        "2",
    ),
    "in two steps": (History(patches=(patch(1, adds(CHECK, OPEN)), patch(2, VALIDATES)), gone=(CHECK,)), "12"),
    "the second step alone": (
        History(patches=(patch(1, adds(CHECK, OPEN)), patch(2, VALIDATES)), instead={CHECK: OPEN}),
        "2",
    ),
    "the second step of something else of the first": (
        History(patches=(patch(1, adds(CHECK, OPEN), adds(C)), patch(2, VALIDATES)), gone=(C,)),
        "12",
    ),
    "made, dropped and made again": (
        History(patches=(patch(1, adds(C)), patch(2, drops(C)), patch(3, adds(C, SHORT))), gone=(C,)),
        "3",
    ),
    "in the ledger's order": (History(patches=(ADDS_C, ADDS_D), gone=(C, D), order=(1, 0)), "21"),
    "with scans and builds of indexes": (
        History(patches=(patch(1, adds(C), hazard=HazardKind.SCAN), patch(2, adds(D), hazard=HazardKind.INDEX_BUILD)),
                gone=(C, D)),
        "12",
    ),
    "an invalid index of a patch that builds it concurrently": (
        History(patches=(patch(1, adds(INDEX, BUILT), sql=CONCURRENTLY, header=NO_TRANSACTION),),
                instead={INDEX: {**BUILT, "valid": False}}),
        "1",
    ),
    "with the privileges that a later patch set": (
        History(patches=(patch(1, adds(NEW, TABLE)), patch(2, sql="REVOKE ALL ON new FROM app;\n")), gone=(NEW,)),
        "12",
    ),
    "with the owner that a later patch set": (
        History(patches=(patch(1, adds(VIEW)), patch(2, sql='ALTER VIEW public."v" OWNER TO app;\n')), gone=(VIEW,)),
        "12",
    ),
    "with privileges on everything": (
        History(patches=(patch(1, adds(NEW, TABLE)), patch(2, sql="GRANT SELECT ON ALL TABLES IN SCHEMA p TO a;")),
                gone=(NEW,)),
        "12",
    ),
    "without the privileges of others": (
        History(patches=(patch(1, adds(NEW, TABLE)), patch(2, sql="GRANT SELECT ON newer TO app;\n")), gone=(NEW,)),
        "1",
    ),
    "what has no privileges": (
        History(patches=(patch(1, adds(CHECK, OPEN)), patch(2, sql="GRANT SELECT ON t_check TO a;\n")), gone=(CHECK,)),
        "1",
    ),
    "what an earlier patch granted": (
        History(patches=(patch(1, sql="GRANT SELECT ON new TO app;\n"), patch(2, adds(NEW, TABLE))), gone=(NEW,)),
        "2",
    ),
    "outside of the scope": (
        History(patches=(ADDS_C, ADDS_D), gone=(C, D), scope=Scope(ignore=("public.t.c",))),
        "2",
    ),
}  # fmt: skip


FOR_C = "to be replayed because it made or changed column public.t.c, but it "
REFUSED = {
    "a later patch changed it": (
        History(patches=(ADDS_C, patch(2, SHORTENS)), gone=(C,)),
        f"0002_p.sql: {FOR_C}changes column public.t.c: type",
    ),
    "a later patch changed something else that the first made": (
        History(patches=(patch(1, adds(C), adds(D)), patch(2, SHORTENS)), gone=(D,)),
        ("0002_p.sql: to be replayed because it touches column public.t.c after 0001_p, which is to be replayed, but "
        "it changes column public.t.c: type text -> varchar(9)"),
    ),
    "a later patch dropped something else that the first made": (
        History(patches=(patch(1, adds(C), adds(D)), patch(2, drops(D))), gone=(C,)),
        ("0002_p.sql: to be replayed because it touches column public.t.d after 0001_p, which is to be replayed, but "
        "it drops column public.t.d"),
    ),
    "a later patch dropped it and another one made it anew": (
        History(patches=(patch(1, adds(C), adds(D)), patch(2, drops(D)), patch(3, adds(D, SHORT))), gone=(C,)),
        "but it drops column public.t.d",
    ),
    "the patch drops something": (History(patches=(patch(1, adds(C), drops(A)),), gone=(C,)), f"{FOR_C}drops column"),
    "the patch changes something": (
        History(patches=(patch(1, adds(C), Effect(object=A, before=TEXT, after=SHORT)),), gone=(C,)),
        f"{FOR_C}changes column public.t.a",
    ),
    "the patch makes something not valid": (
        History(patches=(patch(1, adds(CHECK, {**OPEN, "validated": True})),
                         patch(2, adds(C), Effect(object=CHECK, before={**OPEN, "validated": True}, after=OPEN))),
                gone=(C,)),
        f"{FOR_C}changes constraint public.t.t_check: validated true -> false",
    ),
    "the patch rewrites": (
        History(patches=(patch(1, adds(C), hazard=HazardKind.REWRITE),), gone=(C,)),
        "but it does it",
    ),
    "the patch destroys": (
        History(patches=(patch(1, adds(C), hazard=HazardKind.DESTRUCTIVE),), gone=(C,)),
        "but it does it",
    ),
    "the patch fills": (
        History(patches=(patch(1, adds(C), hazard=HazardKind.DATA),), gone=(C,)),
        f"0001_p.sql:7: {FOR_C}does it; bring back what is missing by a new patch",
    ),
    "the patch sets a sequence": (
        History(patches=(patch(1, adds(C), sql="SELECT 1;\nSELECT setval('s', 3);\n"),), gone=(C,)),
        f"0001_p.sql:3: {FOR_C}sets the next number of a sequence",
    ),
    "the patch restarts a sequence": (
        History(patches=(patch(1, adds(C), sql="ALTER SEQUENCE s restart;\n"),), gone=(C,)),
        "sets the next number of a sequence",
    ),
}  # fmt: skip


LEFT = {
    "of the baseline": (History(patches=(ADDS_C,), gone=(A,)), "the baseline made it, and no patch brings it back"),
    "changed": (History(patches=(ADDS_C,), instead={C: SHORT}), "what was changed is left alone"),
    "extra": (History(patches=(ADDS_C,), instead={D: TEXT}), "what is extra is left alone"),
    "neither valid nor what it was": (
        History(patches=(patch(1, adds(CHECK, OPEN)), patch(2, VALIDATES)),
                instead={CHECK: {**OPEN, "definition": "x"}}),
        "what was changed is left alone",
    ),
    "valid although no patch says so": (
        History(patches=(patch(1, adds(CHECK, OPEN)),), instead={CHECK: {**OPEN, "validated": True}}),
        "what was changed is left alone",
    ),
    "an invalid index of a patch that builds it in a transaction": (
        History(patches=(patch(1, adds(INDEX, BUILT)),), instead={INDEX: {**BUILT, "valid": False}}),
        "only a patch that builds an index concurrently can build it again",
    ),
}  # fmt: skip
