"""Writes `docs/statements.md`: every class of statement, with what the code does to an example of it.

python -m tests.authoring.statement_table docs/statements.md
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from infra.policies import ASKED_FOR
from rdspatch.authoring.lock import lock
from rdspatch.authoring.parser import parse_statements
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.authoring.proof.named_roles import roles_of
from rdspatch.authoring.proof.one import prove_one
from rdspatch.authoring.proof.scratch import ScratchServer
from rdspatch.authoring.proof.start import Ground
from rdspatch.authoring.refusals import refused_in
from rdspatch.cli.explain import no_hazard
from rdspatch.core.drift import drift_between
from rdspatch.core.ledger import Ledger
from rdspatch.core.lockfile import LockedBaseline, LockFile
from rdspatch.core.proof import HazardKind
from rdspatch.core.repair import plan_repair
from rdspatch.core.review import review
from tests.authoring.lint.findings import lint_sql
from tests.authoring.patch_factory import HEADER, NO_TRANSACTION, patch_of
from tests.authoring.statement_examples import APART, EXAMPLES, GIVEN, NEVER_ALONE
from tests.samples import row_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.proof.scratch import ScratchDatabase
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.schema import Schema

_ASK = frozenset(map(HazardKind, ASKED_FOR))
_MOST_CHARACTERS = 90
_HEAD = """# Every class of statement

What happens to a patch of each class that PostgreSQL's parser knows, made by running the example.

- **lint** names what `rdspatch lint` finds; each has a page in [rules](rules/README.md).
- **proof** says whether `rdspatch lock` takes the patch, and why not.
- **hazards** are what `rdspatch explain` says.
- **approval** says whether a run waits for somebody, in a stage that does not say which hazards wait.
- **drift** says whether the snapshot that drift and Verify compare shows what the patch did.
- **repair** says what the repair does when somebody has undone the patch by hand.

`python -m tests.authoring.statement_table docs/statements.md` writes this page; a test fails while it is stale.

| class | example | lint | proof | hazards | approval | drift | repair |
|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What becomes of one example."""

    name: str
    sql: str
    lint: str
    proof: str
    hazards: str = "-"
    approval: str = "-"
    drift: str = "-"
    repair: str = "-"

    def __str__(self) -> str:
        sql = f"`{self.sql.replace('|', chr(92) + '|')}`"
        cells = (self.name, sql, self.lint, self.proof, self.hazards, self.approval, self.drift, self.repair)
        return f"| {' | '.join(cells)} |"


def page(server: ScratchServer) -> str:
    """The text of the page."""
    roles = roles_of([GIVEN, *(sql for examples in EXAMPLES.values() for sql in examples)])
    ground = Ground(server, GIVEN, roles, roles)
    ground.provide_roles()
    with ground.trunk() as (given, _, before):
        ground.provide_roles()  # the owner joins those that the baseline has made
        rows = [row(name, sql, given, server, before) for name in sorted(EXAMPLES) for sql in EXAMPLES[name]]
    never = "".join(f"- `{name}`: {what}\n" for name, what in NEVER_ALONE.items())
    return _HEAD + "".join(f"{it}\n" for it in rows) + "\nNo statement of a patch is one of these:\n\n" + never


def text_of(sql: str) -> str:
    """The whole patch around an example."""
    apart = any(sql.startswith(word) or word in sql for word in APART)
    return (NO_TRANSACTION if apart else HEADER) + sql + ";\n"


def row(name: str, sql: str, given: ScratchDatabase, server: ScratchServer, before: Schema) -> Row:
    """Run one example through everything."""
    text = text_of(sql)
    found = sorted({finding.rule.id for finding in lint_sql(text, baseline=GIVEN).findings})
    told = Row(name=name, sql=sql, lint=", ".join(found) or "-", proof="")
    patch = patch_of(text)
    refused = refused_in(parse_statements(text), patch.directives)
    if refused:
        return replace(told, proof=f"refused before it runs: {refused[0].refusal.name}")
    (locked,) = lock([patch])
    with server.database(given) as trunk:
        result = prove_one(locked, trunk, server, before=before)
    if result.after is None:
        return replace(told, proof=f"refused by the server: {_short(result.problems[0].what)}")
    proof = f"refused: {_short(result.problems[0].what)}" if result.problems else "taken"
    proven = result.locked
    kinds = ", ".join(dict.fromkeys(hazard.kind.value for hazard in proven.hazards))
    return replace(
        told,
        proof=proof,
        hazards=kinds or no_hazard(proven),
        approval="waits" if review([proven], ask=_ASK).hazards else "goes on",
        drift="sees it" if proven.effects else "sees nothing",
        repair=_repair(proven, before),
    )


def _repair(locked: LockedPatch, before: Schema) -> str:
    file = LockFile(patches=(locked,), baseline=LockedBaseline(checksum="", schema=before))
    ledger = Ledger(applied=(row_of(locked),))
    drift = drift_between(file, ledger, before)
    if not drift.differences:
        return "has nothing to do"
    plan = plan_repair(file, ledger, drift, limit=10)
    if plan.refusals:
        return "refuses"
    return "replays it" if plan.replays else "leaves it to people"


def _short(text: str) -> str:
    line = " ".join(text.split()).replace("|", "\\|")
    return line if len(line) <= _MOST_CHARACTERS else line[: _MOST_CHARACTERS - 1] + "…"


def classes() -> Iterator[str]:
    """The names of every class of statement that the parser knows."""
    from postgast import pg_query_pb2 as pb  # noqa: PLC0415 - only here

    names = (field.message_type.name for field in pb.Node.DESCRIPTOR.fields)
    yield from (name for name in names if name.endswith("Stmt"))


def main(path: str) -> None:
    """Write the page."""
    with EmbeddedPostgres() as postgres:
        server = ScratchServer(postgres.url("postgres"))
        try:
            Path(path).write_text(page(server), encoding="utf-8", newline="\n")
        finally:
            server.close()


if __name__ == "__main__":
    main(sys.argv[1])
