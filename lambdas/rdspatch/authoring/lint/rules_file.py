"""Rules about a file as a whole; `lint` asks them itself, since they are not about one statement."""

from __future__ import annotations

from rdspatch.authoring.lint.rule import Rule

SYNTAX_ERROR = Rule(
    id="syntax-error",
    condition="PostgreSQL's parser does not take the file",
    effect="The server would refuse it too. No other rule is asked about the file",
    instead="correct the text; commands of psql, which start with a backslash, are no SQL",
    allowable=False,
)
NO_STATEMENT = Rule(
    id="no-statement",
    condition="a patch has no statement",
    effect="The ledger would say that something was applied where nothing was",
    instead="write a statement or delete the file",
    allowable=False,
)
BAD_VERIFY = Rule(
    id="bad-verify",
    condition="a `verify:` directive is not exactly one query that only reads",
    effect="The run fails after the patches are applied, or the check itself changes the database",
    instead="write one SELECT that returns true: -- verify: SELECT NOT EXISTS (SELECT FROM jobs WHERE id IS NULL)",
    allowable=False,
)
UNUSED_ALLOW = Rule(
    id="unused-allow",
    condition="an `allow:` directive names a rule that is unknown, cannot be allowed, or finds nothing in the patch",
    effect="It hides the next mistake, and tells the reviewer of a danger that is not there",
    instead="delete the line, or name the rule whose finding you accept",
    allowable=False,
)

FILE_RULES = (SYNTAX_ERROR, NO_STATEMENT, BAD_VERIFY, UNUSED_ALLOW)
