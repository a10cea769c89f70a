"""Patches whose every effect leaves a trace, for a database in a known state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CANARY = "CANARY-51c7"
"""A row of the application and a literal of a patch; it must never be seen outside the database."""
ROWS = 200
BASELINE = f"""
CREATE TABLE things (id int PRIMARY KEY, name text);
INSERT INTO things SELECT n, '{CANARY} ' || n FROM generate_series(1, {ROWS}) AS n;
CREATE TABLE victim (id int PRIMARY KEY, name text);
INSERT INTO victim VALUES (1, '{CANARY}');
CREATE TABLE tally (id serial PRIMARY KEY, patch text);
"""
ALONE = frozenset({"CONCURRENTLY", "VACUUM", "REINDEX", "CLUSTER"})
"""Words of statements that PostgreSQL takes in no transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What a trial starts from, and what it has to lead to.

    Attributes:
        name: A part of a database's name.
        effects: The SQL of each patch, one statement a line, by the patch's name. A row in `tally` is added to each.
        baseline: What there is beside the usual tables.
        afterwards: What a test changes before it settles, so that slow statements are quick.
        directives: Lines of a patch's header, by its name.
    """

    name: str
    effects: Mapping[str, str]
    baseline: str = ""
    afterwards: str = ""
    directives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def patches(self) -> dict[str, str]:
        return {name: f"{sql}\nINSERT INTO tally (patch) VALUES ('{name}');" for name, sql in self.effects.items()}

    def directives_of(self, name: str) -> tuple[str, ...]:
        alone = ("transaction: none",) if ALONE & set(self.effects[name].replace("(", " ").split()) else ()
        return (*alone, *self.directives.get(name, ()))


USUAL = Scenario(
    name="usual",
    effects={
        "0001_job": "ALTER TABLE things ADD COLUMN job_id text;",
        "0002_fill": f"UPDATE things SET job_id = '{CANARY}' || id;",
        "0003_size": "ALTER TABLE things ADD COLUMN size bigint NOT NULL DEFAULT 0;",
        "0004_index": "CREATE INDEX CONCURRENTLY things_job_idx ON things (job_id);",
        "0005_results": "CREATE TABLE results (id int PRIMARY KEY, thing int REFERENCES things);",
        "0006_check": "ALTER TABLE things ADD CONSTRAINT things_size CHECK (size >= 0) NOT VALID;",
        "0007_validate": "ALTER TABLE things VALIDATE CONSTRAINT things_size;",
        "0008_view": "CREATE VIEW jobs AS SELECT job_id, count(*) FROM things GROUP BY job_id;",
    },
)
SLOW = """
CREATE TABLE speed AS SELECT 0.05::float8 AS seconds;
CREATE TABLE wide AS SELECT * FROM things;
CREATE FUNCTION slow(id int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE until timestamptz := clock_timestamp() + (SELECT seconds FROM public.speed) * interval '1 s';
BEGIN
    IF NOT pg_try_advisory_xact_lock(7) THEN RAISE EXCEPTION 'two at once'; END IF;
    WHILE clock_timestamp() < until LOOP PERFORM pg_sleep(0.001); END LOOP;
    RETURN id;
END $$;
"""
"""A function that takes its time for each row, and never for two sessions at once; see `slow_statement`."""
STATEMENTS = {
    "UPDATE": "UPDATE things SET name = name || slow(id);",
    "rewrite": "ALTER TABLE things ALTER COLUMN name TYPE varchar(99) USING name || slow(id);",
    "index": "CREATE INDEX things_slow_idx ON things (slow(id));",
    "concurrently": "CREATE INDEX CONCURRENTLY things_slow_idx ON things (slow(id));",
    "delete": "DELETE FROM wide WHERE slow(id) > 100;",
}


def slow_statement(kind: str) -> Scenario:
    """Three patches; the middle one takes ten seconds until `speed` says otherwise."""
    return Scenario(
        name=kind.lower(),
        baseline=SLOW,
        effects={
            "0001_before": "CREATE TABLE before (id int);",
            "0002_slow": STATEMENTS[kind],
            "0003_after": "CREATE TABLE after (id int);",
        },
        afterwards="UPDATE speed SET seconds = 0",
    )
