"""What is refused before anything runs, and where a patch does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.bodies import executed_bodies
from rdspatch.authoring.refusal import Refusal, Refused
from rdspatch.authoring.refused_calls import CALL_REFUSALS
from rdspatch.authoring.refused_ledger import LEDGER_REFUSALS
from rdspatch.authoring.refused_server import SERVER_REFUSALS
from rdspatch.authoring.refused_session import SESSION_REFUSALS
from rdspatch.authoring.refused_transactions import TRANSACTION_REFUSALS
from rdspatch.authoring.tree import Node, executed_nodes
from rdspatch.core.patch import Directives, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rdspatch.authoring.parser import ParsedStatement

STATEMENT_REFUSALS = (*TRANSACTION_REFUSALS, *SESSION_REFUSALS, *SERVER_REFUSALS, *LEDGER_REFUSALS)
REFUSALS = (*STATEMENT_REFUSALS, *CALL_REFUSALS)


def refused_in(statements: Sequence[ParsedStatement], directives: Directives) -> tuple[Refused, ...]:
    """Every refusal that applies to a patch and that its `allow` lines do not lift, in the order of lines."""
    found = [
        Refused(refusal=refusal, line=statement.line)
        for statement in statements
        for refusal in refusals_of(statement.node, directives.transaction)
    ]
    # A body runs inside of its statement's transaction, whatever the patch says.
    found += [
        Refused(refusal=refusal, line=inner.line)
        for inner in executed_bodies(statements)
        for refusal in refusals_of(inner.node, Transaction.ONE)
    ]
    lifted = {allowance.name for allowance in directives.allow}
    kept = (place for place in found if not (place.refusal.liftable and place.refusal.name in lifted))
    return tuple(sorted(dict.fromkeys(kept), key=lambda place: place.line))


def refusals_of(statement: Node, transaction: Transaction) -> Iterator[Refusal]:
    """The refusals that apply to one statement, without those of a body that it runs."""
    yield from (refusal for refusal in STATEMENT_REFUSALS if refusal.applies(statement, transaction))
    calls = [node for _, node in executed_nodes(statement) if isinstance(node, pb.FuncCall)]
    yield from (refusal for refusal in CALL_REFUSALS if any(refusal.applies(call, transaction) for call in calls))
