"""Extensions that only a superuser may create, and what RDS makes of that.

On RDS a member of `rds_superuser` creates the extensions of a list; PostgreSQL itself lets whoever may create in the
database create those that are marked as trusted. The owner role of `docs/roles.sql` is no `rds_superuser`. So an
untrusted extension of the list is there before the patch in the proof, as it has to be in production, and the rest of
the patch runs as the owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.adapters.postgres.quoting import identifier, literal
from rdspatch.authoring.parser import parse_statements
from rdspatch.authoring.proof.connection import Refused
from rdspatch.authoring.proof.outreach import close_ways_out
from rdspatch.authoring.tree import option, text_option

if TYPE_CHECKING:
    from rdspatch.authoring.parser import ParsedStatement
    from rdspatch.authoring.proof.connection import Connection
    from rdspatch.authoring.proof.scratch import ScratchDatabase
    from rdspatch.authoring.tree import Node
    from rdspatch.core.lockfile import LockedPatch

# Of 14 to 18, from the lists of extensions of the RDS and Aurora manuals.
_NAMES = """
    address_standardizer address_standardizer_data_us amcheck apg_plan_mgmt autoinc aws_commons aws_lambda aws_ml
    aws_s3 bloom bool_plperl btree_gin btree_gist citext cube dblink dict_int dict_xsyn earthdistance flow_control
    fuzzystrmatch h3 h3_postgis hll hstore hstore_plperl hypopg insert_username intagg intarray ip4r isn jsonb_plperl
    lo log_fdw ltree moddatetime mysql_fdw old_snapshot oracle_fdw orafce pg_bigm pg_buffercache pg_cron
    pg_freespacemap pg_hint_plan pg_partman pg_prewarm pg_proctab pg_repack pg_similarity pg_stat_statements pg_tle
    pg_transport pg_trgm pg_visibility pg_walinspect pgactive pgaudit pgcrypto pglogical pglogical_origin pgrouting
    pgrowlocks pgstattuple pgtap plcoffee plls plperl plpgsql plprofiler pltcl plv8 postgis postgis_raster
    postgis_tiger_geocoder postgis_topology postgres_fdw prefix rdkit rds_tools refint seg sslinfo tablefunc tcn
    tds_fdw test_parser tsm_system_rows tsm_system_time unaccent uuid-ossp vector
"""
RDS_EXTENSIONS = frozenset(_NAMES.split())


def make_untrusted_extensions(locked: LockedPatch, database: ScratchDatabase) -> tuple[str, ...]:
    """Create what a member of `rds_superuser` has to create before the patch; a sentence for each.

    Nothing is created for a login that is no superuser: then the server says what it has against the patch.
    """
    wanted = [
        item.node for item in _statements(locked) if isinstance(item.node, pb.CreateExtensionStmt) and item.node.extname
    ]
    if not wanted:
        return ()
    with database.connect_as_given() as connection:
        return tuple(_sentence(node.extname) for node in wanted if _made(node, connection))


def _statements(locked: LockedPatch) -> tuple[ParsedStatement, ...]:
    return parse_statements(locked.patch.sql) if "extension" in locked.patch.sql.lower() else ()


def _made(node: Node, connection: Connection) -> bool:
    name = node.extname
    rows = connection.execute(
        "SELECT bool_or(v.trusted), bool_or(v.installed) FROM pg_catalog.pg_available_extension_versions AS v "  # noqa: S608 - quoted
        f"WHERE v.name = {literal(name)}"
    )
    is_trusted, is_there = rows[0]
    if name not in RDS_EXTENSIONS or is_trusted is not False or is_there:
        return False
    schema = text_option(node.options, "schema")
    where = f" SCHEMA {identifier(schema)}" if schema else ""
    cascade = " CASCADE" if option(node.options, "cascade") else ""
    try:
        create_extension_as_given(f"CREATE EXTENSION {identifier(name)}{where}{cascade}", connection)
    except Refused:
        return False
    return True


def create_extension_as_given(statement: str, given: Connection) -> None:
    """Create an extension whose functions reach nothing outside of its database. Raises Refused."""
    # Nothing of the database's own, such as an event trigger, is to run as the superuser.
    given.execute("SET session_replication_role = replica; BEGIN")
    try:
        given.execute(statement)
        close_ways_out(given)
    except Refused:
        given.execute("ROLLBACK")
        raise
    given.execute("COMMIT")


def _sentence(name: str) -> str:
    return (
        f"that the owner role may create the extension {name}: it is not trusted, so on RDS a member of rds_superuser "
        "has to create it before the run, and the owner role of docs/roles.sql is none"
    )


def why_not_created(name: str) -> str:
    """What to do about an extension that the owner role may not create."""
    if name in RDS_EXTENSIONS:
        return "let a member of rds_superuser create it before the run"
    return "RDS does not offer it; take it out of the patch, or have a superuser create it before the run"
