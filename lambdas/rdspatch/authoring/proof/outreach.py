"""What reaches other servers and files from within a database, and is taken out of a proof's.

The superuser makes untrusted extensions for patches under review. What these make is there, and what they could call
outside is not: a foreign table can be made and not read, a connection not opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rdspatch.adapters.postgres.quoting import literal

if TYPE_CHECKING:
    from rdspatch.authoring.proof.connection import Connection

_CALL_OUT: Final = ("aws_lambda", "aws_ml", "aws_s3", "dblink", "http", "pg_net")
"""Extensions whose functions everybody may call, and which connect to wherever the caller says."""
_WAYS_OUT: Final = f"""
SELECT pg_catalog.format('ALTER FOREIGN DATA WRAPPER %I NO HANDLER', w.fdwname)
FROM pg_catalog.pg_foreign_data_wrapper AS w WHERE w.fdwhandler OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
UNION ALL
SELECT pg_catalog.format('REVOKE EXECUTE ON ROUTINE %I.%I(%s) FROM PUBLIC', n.nspname, p.proname,
    pg_catalog.pg_get_function_identity_arguments(p.oid))
FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_depend AS d ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
    AND d.refobjid OPERATOR(pg_catalog.=) e.oid
    AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) d.objid
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
WHERE e.extname OPERATOR(pg_catalog.=) ANY ({literal("{" + ",".join(_CALL_OUT) + "}")}::pg_catalog.name[])
"""  # noqa: S608 - quoted


def close_ways_out(given: Connection) -> None:
    """Leave the extensions of a database without what reaches out of it. Raises Refused."""
    for (statement,) in given.execute(_WAYS_OUT):
        given.execute(statement)
