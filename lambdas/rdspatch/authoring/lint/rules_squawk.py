"""The rules of the linter squawk that are on.

Off are: what our own rules say with more knowledge (re-running, dropping, types, SET NOT NULL), what rdspatch settles
itself (timeouts, transactions), and taste (names of types, identity columns, the order of enum values). One that has a
`check` is asked here: squawk goes by the spelling of a default, and does not know which functions are volatile.
"""

from __future__ import annotations

from rdspatch.authoring.lint.computed_columns import computed_row_by_row
from rdspatch.authoring.lint.rule import Rule, Severity

_FOR_READERS_TOO = "Readers and writers of the table wait for as long as that takes"

NOT_UNDERSTOOD = Rule(
    id="squawk/not-understood",
    condition="PostgreSQL takes the statement and squawk does not understand it",
    effect="None of squawk's rules is asked about the statement",
    instead="make the unusual clause a statement of its own where that works, and look for long locks yourself",
    severity=Severity.WARNING,
)

SQUAWK_RULES = (
    Rule(
        id="squawk/adding-field-with-default",
        condition="a column is added whose values PostgreSQL computes row by row: a volatile default, an identity, a "
        "stored expression",
        effect="Every row is written again under the table's strongest lock",
        check=computed_row_by_row,
        instead="add the column without it, SET DEFAULT for new rows, and fill the old ones in a patch of their own",
    ),
    Rule(
        id="squawk/adding-required-field",
        condition="a NOT NULL column without a default is added",
        effect="It fails on a table that has rows, and the application that still runs inserts rows without it",
        instead="give it a default that all rows share, or add it nullable, fill it, and make it NOT NULL later",
    ),
    Rule(
        id="squawk/constraint-missing-not-valid",
        condition="a constraint is added to a table that was there before, without NOT VALID",
        effect=f"Every row is checked under a strong lock. {_FOR_READERS_TOO}",
        instead="write NOT VALID here and VALIDATE CONSTRAINT in the next patch",
    ),
    Rule(
        id="squawk/adding-foreign-key-constraint",
        condition="a foreign key is added to a table that was there before, without NOT VALID",
        effect="Writers of both tables wait until every row has been looked up",
        instead="add the column alone, then the foreign key with NOT VALID, and VALIDATE CONSTRAINT in the next patch",
        replaces=("squawk/constraint-missing-not-valid",),
    ),
    Rule(
        id="squawk/disallowed-unique-constraint",
        condition="a UNIQUE constraint builds its index while it is added",
        effect=_FOR_READERS_TOO,
        instead="build the index with CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … UNIQUE USING INDEX",
        replaces=("squawk/constraint-missing-not-valid",),
    ),
    Rule(
        id="squawk/adding-serial-primary-key-field",
        condition="a primary key builds its index while it is added",
        effect=_FOR_READERS_TOO,
        instead="build the index with CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … PRIMARY KEY USING INDEX",
        replaces=("squawk/constraint-missing-not-valid", "squawk/adding-required-field"),
    ),
    Rule(
        id="squawk/require-concurrent-index-creation",
        condition="an index is built on a table that was there before, without CONCURRENTLY",
        effect="Writers of the table wait until the index is built",
        instead="write CREATE INDEX CONCURRENTLY in a patch of its own with `-- transaction: none`",
    ),
    Rule(
        id="squawk/require-concurrent-index-deletion",
        condition="an index is dropped without CONCURRENTLY",
        effect="It waits in line for the table's strongest lock, and everybody else waits behind it",
        instead="write DROP INDEX CONCURRENTLY in a patch of its own with `-- transaction: none`",
        severity=Severity.WARNING,
    ),
    Rule(
        id="squawk/require-concurrent-reindex",
        condition="an index is rebuilt without CONCURRENTLY",
        effect="Writers wait until it is rebuilt, and so do the readers that would use it",
        instead="write REINDEX … CONCURRENTLY in a patch of its own with `-- transaction: none`",
    ),
    Rule(
        id="squawk/require-concurrent-partition-detach",
        condition="a partition is detached without CONCURRENTLY",
        effect="The lock is on the whole partitioned table, against readers too",
        instead="write DETACH PARTITION … CONCURRENTLY in a patch of its own with `-- transaction: none`",
    ),
    Rule(
        id="squawk/ban-alter-domain-with-add-constraint",
        condition="a constraint is added to a domain",
        effect="Every table that uses the domain is locked and read",
        instead="put the CHECK on the columns, with NOT VALID",
    ),
    Rule(
        id="squawk/renaming-column",
        condition="a column gets another name",
        effect="The application that still runs fails on every query that names the column, until it is replaced",
        instead="add a column, write both for one release, and drop the old one later",
    ),
    Rule(
        id="squawk/renaming-table",
        condition="a table gets another name",
        effect="The application that still runs fails on every query of the table, until it is replaced",
        instead="release an application that takes either name, or leave a view under the old one in the same patch",
    ),
    Rule(
        id="squawk/ban-set-schema",
        condition="something moves into another schema",
        effect="The application that still runs no longer finds it, until it is replaced",
        instead="leave it where it is, or leave a view in the old schema in the same patch",
    ),
    Rule(
        id="squawk/identifier-too-long",
        condition="a name is longer than PostgreSQL keeps",
        effect="It is cut to 63 bytes, so that two names may become one, and IF NOT EXISTS meets the other",
        instead="choose a name of at most 63 bytes",
        severity=Severity.WARNING,
    ),
    NOT_UNDERSTOOD,
)
