"""Statement forms, as data: what each locks, rewrites, reads and risks on tables that were there before."""

from __future__ import annotations

from dataclasses import dataclass, field

GIVEN = """
CREATE TABLE parent (id bigint PRIMARY KEY);
CREATE TABLE t (id bigint PRIMARY KEY, n integer, small smallint, v varchar(20), txt text, amount numeric(8, 2),
                at timestamptz, parent_id bigint);
CREATE INDEX t_n ON t (n);
CREATE UNIQUE INDEX t_v ON t (v);
CREATE INDEX t_at ON t (at);
ALTER TABLE t ADD CONSTRAINT proven CHECK (txt IS NOT NULL);
ALTER TABLE t ADD CONSTRAINT open CHECK (n > 0) NOT VALID;
ALTER TABLE t ADD CONSTRAINT open_fk FOREIGN KEY (parent_id) REFERENCES parent NOT VALID;
CREATE TABLE whole (id integer, at date) PARTITION BY RANGE (at);
CREATE TABLE part PARTITION OF whole FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW seen AS SELECT id FROM parent;
CREATE MATERIALIZED VIEW kept AS SELECT id FROM parent;
CREATE UNIQUE INDEX kept_id ON kept (id);
CREATE SEQUENCE counter;
CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t_noop BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION noop();
"""

ALL, SHARE, SHARE_ROW, GENTLE, ROWS, READ = (
    "AccessExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "RowExclusiveLock",
    "AccessShareLock",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One statement and what is to be found; relations without their schema, public."""

    sql: str
    locks: dict[str, str] = field(default_factory=dict)
    rewrites: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()
    apart: bool = False


FORMS = {
    "add a column": Form(sql="ALTER TABLE t ADD COLUMN a text", locks={"t": ALL}),
    "add a column with a constant": Form(sql="ALTER TABLE t ADD COLUMN a integer NOT NULL DEFAULT 7", locks={"t": ALL}),
    "add a column with now()": Form(sql="ALTER TABLE t ADD COLUMN a timestamptz DEFAULT now()", locks={"t": ALL}),
    "add a column with a volatile default": Form(
        sql="ALTER TABLE t ADD COLUMN a uuid DEFAULT gen_random_uuid()",
        locks={"t": ALL},
        rewrites=("t",),
        hazards=("rewrite on t",),
    ),
    "drop a column": Form(sql="ALTER TABLE t DROP COLUMN at", locks={"t": ALL}, hazards=("destructive on t.at",)),
    "rename a column": Form(
        sql="ALTER TABLE t RENAME COLUMN at TO made", locks={"t": ALL}, hazards=("removes on t.at",)
    ),
    "rename a table": Form(
        sql="ALTER TABLE parent RENAME TO parents", locks={"parent": ALL}, hazards=("removes on parent",)
    ),
    "widen varchar": Form(sql="ALTER TABLE t ALTER COLUMN v TYPE varchar(50)", locks={"t": ALL}),
    "narrow varchar": Form(
        sql="ALTER TABLE t ALTER COLUMN v TYPE varchar(10)",
        locks={"t": ALL},
        rewrites=("t",),
        hazards=("destructive on t.v", "rewrite on t"),
    ),
    "varchar to text": Form(sql="ALTER TABLE t ALTER COLUMN v TYPE text", locks={"t": ALL}),
    "integer to bigint": Form(
        sql="ALTER TABLE t ALTER COLUMN n TYPE bigint",
        locks={"t": ALL},
        rewrites=("t",),
        hazards=("rewrite on t",),
    ),
    "set a default": Form(sql="ALTER TABLE t ALTER COLUMN n SET DEFAULT 3", locks={"t": ALL}),
    "drop NOT NULL": Form(sql="ALTER TABLE t ALTER COLUMN txt DROP NOT NULL", locks={"t": ALL}),
    "set NOT NULL": Form(
        sql="ALTER TABLE t ALTER COLUMN n SET NOT NULL",
        locks={"t": ALL},
        scans=("t",),
        hazards=("blocking-scan on t", "restricts on t.n"),
    ),
    "set NOT NULL after a validated check": Form(sql="ALTER TABLE t ALTER COLUMN txt SET NOT NULL", locks={"t": ALL}),
    "add a check": Form(
        sql="ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)",
        locks={"t": ALL},
        scans=("t",),
        hazards=("blocking-scan on t", "restricts on t.c"),
    ),
    "add a check that is not valid": Form(
        sql="ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID",
        locks={"t": ALL},
        hazards=("restricts on t.c",),
    ),
    "validate a check": Form(sql="ALTER TABLE t VALIDATE CONSTRAINT open", locks={"t": GENTLE}, scans=("t",)),
    "add a foreign key": Form(
        sql="ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES parent",
        locks={"t": SHARE_ROW, "parent": SHARE_ROW},
        scans=("parent", "t"),
        hazards=("blocking-scan on parent", "blocking-scan on t", "restricts on t.f"),
    ),
    "add a foreign key that is not valid": Form(
        sql="ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES parent NOT VALID",
        locks={"t": SHARE_ROW, "parent": SHARE_ROW},
        hazards=("restricts on t.f",),
    ),
    "validate a foreign key": Form(
        sql="ALTER TABLE t VALIDATE CONSTRAINT open_fk",
        locks={"t": GENTLE, "parent": "RowShareLock"},
        scans=("parent", "t"),
    ),
    "add a primary key": Form(
        sql="CREATE TABLE IF NOT EXISTS u (a integer); ALTER TABLE part ADD PRIMARY KEY (id)",
        locks={"part": ALL},
        scans=("part",),
        hazards=("blocking-index on part", "restricts on part.id", "restricts on part.part_pkey"),
    ),
    "add a unique constraint": Form(
        sql="ALTER TABLE t ADD CONSTRAINT u UNIQUE (n)",
        locks={"t": ALL},
        scans=("t",),
        hazards=("blocking-index on t", "restricts on t.u"),
    ),
    "add a unique constraint from an index": Form(
        sql="ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_v", locks={"t": ALL}
    ),
    "drop a constraint": Form(
        sql="ALTER TABLE t DROP CONSTRAINT open", locks={"t": ALL}, hazards=("removes on t.open",)
    ),
    "create an index": Form(
        sql="CREATE INDEX i ON t (txt)", locks={"t": SHARE}, scans=("t",), hazards=("blocking-index on t",)
    ),
    "drop an index": Form(sql="DROP INDEX t_n", locks={"t": ALL}, hazards=("removes on t_n",)),
    "rename an index": Form(sql="ALTER INDEX t_n RENAME TO t_m", hazards=("removes on t_n",)),
    "create a trigger": Form(
        sql="CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION noop()",
        locks={"t": SHARE_ROW},
        hazards=("restricts on t.x",),
    ),
    "drop a trigger": Form(sql="DROP TRIGGER t_noop ON t", locks={"t": ALL}, hazards=("removes on t.t_noop",)),
    "disable a trigger": Form(
        sql="ALTER TABLE t DISABLE TRIGGER t_noop", locks={"t": SHARE_ROW}, hazards=("removes on t.t_noop",)
    ),
    "set a storage parameter": Form(sql="ALTER TABLE t SET (fillfactor = 70)", locks={"t": GENTLE}),
    "set statistics": Form(sql="ALTER TABLE t ALTER COLUMN n SET STATISTICS 500", locks={"t": GENTLE}),
    "set unlogged": Form(
        sql="ALTER TABLE part SET UNLOGGED",
        locks={"part": ALL},
        rewrites=("part",),
        hazards=("destructive on part", "rewrite on part"),
    ),
    "cluster": Form(sql="CLUSTER t USING t_n", locks={"t": ALL}, rewrites=("t",), hazards=("rewrite on t",)),
    "reindex": Form(
        sql="REINDEX TABLE parent",
        locks={"parent": SHARE, "parent_pkey": ALL},
        scans=("parent",),
        hazards=("blocking-index on parent",),
    ),
    "truncate": Form(sql="TRUNCATE part", locks={"part": ALL}, rewrites=("part",), hazards=("destructive on part",)),
    "drop a table": Form(sql="DROP TABLE part", locks={"part": ALL, "whole": ALL}, hazards=("destructive on part",)),
    "attach a partition": Form(
        sql="CREATE TABLE IF NOT EXISTS p27 (id integer, at date); "
        "ALTER TABLE whole ATTACH PARTITION p27 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')",
        locks={"whole": GENTLE},
    ),
    "detach a partition": Form(
        sql="ALTER TABLE whole DETACH PARTITION part", locks={"part": ALL, "whole": ALL}, hazards=("removes on part",)
    ),
    "update": Form(
        sql="UPDATE t SET txt = '' WHERE txt = 'x'",
        locks={"t": ROWS},
        scans=("t",),
        hazards=("data-change on t",),
    ),
    "update by an index": Form(
        sql="UPDATE t SET txt = '' WHERE n = 4", locks={"t": ROWS}, hazards=("data-change on t",)
    ),
    "update while a strong lock is held": Form(
        sql="ALTER TABLE t ADD COLUMN a text; UPDATE t SET a = txt WHERE a IS NULL",
        locks={"t": ALL},
        scans=("t",),
        hazards=("blocking-scan on t", "data-change on t"),
    ),
    "delete everything": Form(
        sql="DELETE FROM part", locks={"part": ROWS}, scans=("part",), hazards=("destructive on part",)
    ),
    "refresh a materialized view": Form(
        sql="REFRESH MATERIALIZED VIEW kept",
        locks={"kept": ALL, "parent": READ},
        rewrites=("kept",),
        scans=("parent",),
        hazards=("rewrite on kept",),
    ),
    "replace a view": Form(
        sql="CREATE OR REPLACE VIEW seen AS SELECT id FROM parent", locks={"seen": ALL, "parent": READ}
    ),
    "alter a sequence": Form(
        sql="ALTER SEQUENCE counter INCREMENT 2", locks={"counter": SHARE_ROW}, hazards=("restricts on counter",)
    ),
    "comment": Form(sql="COMMENT ON TABLE t IS 'x'", locks={"t": GENTLE}),
    "analyze": Form(sql="ANALYZE parent", locks={"parent": GENTLE}),
    "enable row security": Form(
        sql="ALTER TABLE t ENABLE ROW LEVEL SECURITY", locks={"t": ALL}, hazards=("restricts on t",)
    ),
    "create a policy": Form(sql="CREATE POLICY p ON t USING (n > 0)", locks={"t": ALL}),
    "a table of its own": Form(sql="CREATE TABLE own (a integer); CREATE INDEX ON own (a); INSERT INTO own VALUES (1)"),
    "create an index concurrently": Form(
        sql="CREATE INDEX CONCURRENTLY i ON t (txt)", locks={"t": GENTLE}, scans=("t",), apart=True
    ),
    "drop an index concurrently": Form(
        sql="DROP INDEX CONCURRENTLY t_n", locks={"t": GENTLE}, apart=True, hazards=("removes on t_n",)
    ),
    "reindex concurrently": Form(sql="REINDEX INDEX CONCURRENTLY t_n", locks={"t": GENTLE}, scans=("t",), apart=True),
    "reindex apart": Form(
        sql="REINDEX TABLE parent",
        locks={"parent": SHARE, "parent_pkey": ALL},
        scans=("parent",),
        hazards=("blocking-index on parent",),
        apart=True,
    ),
    "vacuum": Form(sql="VACUUM t", locks={"t": GENTLE}, apart=True),
    "vacuum full": Form(
        sql="VACUUM FULL part",
        locks={"part": ALL},
        rewrites=("part",),
        hazards=("rewrite on part",),
        apart=True,
    ),
    "detach a partition concurrently": Form(
        sql="ALTER TABLE whole DETACH PARTITION part CONCURRENTLY",
        locks={"part": ALL, "whole": GENTLE},
        apart=True,
        hazards=("removes on part",),
    ),
}
