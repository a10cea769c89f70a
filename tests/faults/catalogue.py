"""The experiments: what is done to a run, and what has to come of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One row of docs/reliability.md."""

    injected: str
    expected: str


NEEDED_IN_CI = tuple(f"F{number:02}" for number in (1, 2, 3, 4, 7, 12, 13, 14, 20, 24, 30, 33, 34, 39, 40, 41, 42))
"""What every change has to pass; of the others, trials may wait for `make faults`."""


def _row(injected: str, expected: str) -> Experiment:
    return Experiment(injected=injected, expected=expected)


EXPERIMENTS = {
    # Crash and disconnect
    "F01": _row(
        "The function's process is killed before and after each numbered step of apply",
        "No patch lost, none applied twice",
    ),
    "F02": _row(
        "Five kinds of error at each message to the server: request lost, answer lost, 57P01, 55P03, 40P01",
        "A plain rerun finishes everything, exactly once",
    ),
    "F03": _row(
        "The process is killed inside UPDATE, a rewriting ALTER, CREATE INDEX, CREATE INDEX CONCURRENTLY",
        "Its backend is gone within 2 s, nothing is half applied",
    ),
    "F04": _row(
        "The process is killed between the success of a statement outside a transaction and its mark",
        "The rerun sees the post-condition and does not execute again",
    ),
    "F05": _row("The process that holds the run lock is frozen", "The lock is free when the idle timeout has passed"),
    "F06": _row("The network between holder and server goes silent", "The lock is free within 10 s"),
    "F07": _row("The request or the answer of a COMMIT is lost", "Resolved from the ledger, every time"),
    "F08": _row("pg_terminate_backend at each message", "Clean; reported as a lost connection, never as an SQL error"),
    "F09": _row("pg_cancel_backend inside a patch", "Failed with 57014, rolled back; the rerun applies it"),
    "F10": _row("The server stops at once inside a patch", "Clean after its recovery"),
    "F11": _row("Server down, out of connections, silent", "Bounded retries, a message that names the cause"),
    # Concurrency
    "F12": _row("Four runs at once, one of them killed", "Everything exactly once, no deadlock"),
    "F13": _row("A run is killed inside a statement, another starts at once", "They never overlap, nothing twice"),
    "F14": _row("CREATE INDEX CONCURRENTLY while another run waits for the run lock", "No deadlock, a valid index"),
    "F15": _row("An execution is started twice under one name", "One run; other input is refused visibly"),
    # Audit
    "F16": _row("The audit table is away at each of its writes", "What is applied stays; the next run records it"),
    "F17": _row("A sequence number of the audit is taken", "No record is overwritten"),
    "F18": _row("The audit table throttles", "Retried, bounded"),
    "F19": _row("The process is killed between COMMIT and audit", "The next run records each patch once"),
    # History and order
    "F20": _row("An applied patch is edited", "Hard stop that names the file and both checksums"),
    "F21": _row("An artefact older than the ledger", "Nothing to do, success"),
    "F22": _row("A new patch numbered before the last applied one", "Refused, or allowed explicitly"),
    "F23": _row("Ledger missing, emptied, locked, of another shape, read-only", "Refused with an instruction"),
    # Locks and load
    "F24": _row("A long reader in front of an ALTER", "No reader waits longer than the lock timeout + 50 ms"),
    "F25": _row("Saturated short readers", "The ALTER gets through"),
    "F26": _row("A session idle in its transaction for ever", "The run fails in time and names it"),
    "F27": _row("An old snapshot in front of CREATE INDEX CONCURRENTLY", "It waits without lock timeout, ends valid"),
    "F28": _row("A deadlock with the application", "Tried again, clean"),
    # Idempotence traps
    "F30": _row("Something of the same name is there already", "Repaired or refused, never taken for the patch's own"),
    "F31": _row("Hostile names in drift, repair and generated SQL", "Byte for byte; a victim table survives"),
    "F32": _row("Large patches: 1 MB, 5 MB and more, 10,000 statements", "Applied, or refused before connecting"),
    # Bad SQL and files
    "F33": _row("Transaction control in a patch", "Refused before execution"),
    "F34": _row("SQL that disarms the runner", "Refused or without effect on the next patch"),
    "F35": _row("Dangerous SQL", "Refused, the connection stays usable"),
    "F36": _row("Generated scripts", "As many statements as the server counts"),
    "F37": _row("Empty, BOM, NUL, UTF-16, latin-1, CRLF, sparse files", "A defined outcome each"),
    "F38": _row("Bad events and inputs", "Refused with all problems, no connection opened"),
    "F39": _row("Secrets and rows as canaries through every failure", "None in logs, history or audit"),
    # TLS and health
    "F40": _row(
        "TLS stripped, wrong authority, wrong host, expired, plaintext only",
        "Refused; a recording proxy saw no byte of SQL or password",
    ),
    "F41": _row("A health endpoint that drips, is silent, endless, truncated", "A verdict within the deadline"),
    "F42": _row("Redirects and addresses that lead elsewhere", "Refused"),
    "F43": _row("Answers that look healthy and are not", "Only the true one passes"),
    # State
    "F44": _row("Patch files with names that lie", "Refused"),
    "F45": _row("Audit records overwritten, deleted, reordered, forged", "The first broken record is named"),
    "F46": _row("Hostile objects in public", "A patch resolves to pg_catalog and its own schema"),
    "F47": _row(
        "Drift repair with models or patches that would destroy", "Nothing destructive is generated or replayed"
    ),
    "F48": _row("The scheduled repair while another run is active", "It yields and records that"),
    "F49": _row("Executions that end where nothing can be caught", "A terminal record exists"),
    "F50": _row("A models module with side effects", "Not imported by anything that holds a credential"),
    "F51": _row("Credentials rotated at connect and during a run", "The run completes"),
    "F52": _row("A VPC function that is not ready", "Preflight is tried again for minutes, no patch twice"),
    "F53": _row("Out of shared memory, standby, wrong database", "Fails in clear words, nothing recorded"),
    "F54": _row("Clocks that are wrong or go backwards", "Records are ordered by sequence, not by time"),
    # What a session brings along
    "F55": _row(
        "Every setting that decides what SQL means, set otherwise on database and role",
        "The same schema and rows as with PostgreSQL's own; where no session can change it, nothing is run",
    ),
    "F56": _row("Row security on the ledger, on progress, on a table that `verify:` asks", "An error that says so"),
    "F57": _row(
        "Temporary objects, prepared statements, cursors and sequences' last values that a patch leaves behind",
        "Two patches of one run meet what two runs would meet",
    ),
    # What a proof promises of other databases
    "F58": _row(
        "A patch computes DDL from the clock or by chance, and runs at another time than its proof",
        "Verify and drift are true there, and see what is wrong with the rest of the patch",
    ),
    "F59": _row(
        "A patch, or a trigger of the baseline, computes DDL from rows, and runs where other rows are",
        "Verify and drift are true there; no row that the proof generates makes an effect",
    ),
    "F60": _row(
        "Schemas whose rows are hard to make: keys in circles, checks over columns, every type, partitions, guards",
        "Rows in every table that can have one, the same each time; what cannot run twice is refused",
    ),
    "F61": _row(
        "Partitions that `ignore` names are dropped, detached and made between runs",
        "Nothing is missed or brought back, and the partitioned table is still verified",
    ),
    # Other people's code
    "F62": _row(
        "With the roles of `docs/roles.sql`, on 14 to 18: another login shadows, locks, signals and sets what it can",
        "None of its code runs as whoever patches (I10); applied, or refused in words; then a plain rerun finishes",
    ),
    # Silence and loss
    "F63": _row(
        "A peer that acknowledges falls silent at each message: it never arrives, no answer comes, or half of one",
        "Given up in its time, resolved from the ledger, never reported as a failed patch; a plain rerun finishes",
    ),
    "F64": _row(
        "The database is lost for good at each message of apply, and inside a repair",
        "Each patch is named as applied, not known or not reached, and the ledger agrees; a plain rerun finishes",
    ),
    "F65": _row(
        "A tablespace or the disk of the server's log is full: in a transaction, in CREATE INDEX CONCURRENTLY, for all",
        "Fails in clear words, or as a lost database; no record of what is not there; with room a rerun finishes",
    ),
    # What a database loses
    "F66": _row(
        "A failover to a physical standby that lags behind: before, between and inside patches, between invocations",
        "What was lost is named, nothing runs twice, and the next run ends with everything applied",
    ),
    # Strangers, people, neighbours
    "F67": _row(
        "A stranger's function, operator, type, cast, aggregate or procedure that a name in a patch means, in 16 forms",
        "Refused before anything runs and named; each is shown to have run as the owner otherwise",
    ),
    "F68": _row(
        "A stranger owns, may write to or has code in the ledger or its schema, or has put objects in a patch's way",
        "Ends in words before anything of the stranger's runs; what is honest passes",
    ),
    "F69": _row(
        "Approvals that come late, twice, for another plan, for another run, or not at all",
        "Nothing runs but what was shown and approved",
    ),
    "F70": _row(
        "Rehearsals beside each other on one machine; one of them is killed",
        "Each sees its own run alone, and none is in another's way",
    ),
    # Generated histories and texts
    "H01": _row("Generated histories of apply, crash, edit, drop, drift and repair", "The invariants after each step"),
    "Z01": _row("Random bytes for the patch parser", "A patch or named problems, never another error"),
    "Z02": _row("Random bytes for the lock file's reader", "A lock file or LockFileStale"),
    "Z03": _row("Random events for the function", "BadInput or an answer, never another error"),
    "Z04": _row(
        "Made-up statements of every class that the parser knows", "Judged by parser, rules and proof, or BadPatches"
    ),
    "Z05": _row("Random database URLs", "Settings or BadSettings"),
    "Z06": _row("Forged audit records", "Told by history and report, and their flaws named"),
    "Z07": _row("Random configurations of a project", "Read or BadSettings"),
}
