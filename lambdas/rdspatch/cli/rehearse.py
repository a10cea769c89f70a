"""`rdspatch rehearse`: one run of the deployed workflow, on this machine."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console

from rdspatch.cli.narration import narrate
from rdspatch.cli.options import Format, FormatOption, PatchesOption, ScratchOption, ServerOption
from rdspatch.cli.render import print_json, show_audit, visible
from rdspatch.cli.stage import rehearsal_scene
from rdspatch.core import errors
from rdspatch.core.errors import BadInput, Problem, RdspatchError
from rdspatch.rehearsal.history import Execution
from rdspatch.rehearsal.rehearsal import Rehearsal


def rehearse(
    input_: Annotated[
        str,
        typer.Option("--input", metavar="JSON", help='The execution\'s input, for example {"mode": "plan"}.'),
    ] = "{}",
    patches: PatchesOption = None,
    pauses: Annotated[
        float,
        typer.Option("--pauses", min=0, max=1, help="Factor on the workflow's waits and retry intervals."),
    ] = 1.0,
    *,
    scratch: ScratchOption = None,
    major: ServerOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Run the synthesized workflow against an embedded PostgreSQL that holds the baseline.

    The definition, the handlers and the SQL are those of the deployment; AWS is simulated. Exits as `apply` would:
    0 when the run succeeded, else with the code of the error that it ended with.
    """
    document = _parse(input_)
    console = Console(stderr=form is Format.JSON, soft_wrap=True)
    with rehearsal_scene(patches=patches, time_scale=pauses, command="rehearse", scratch=scratch, major=major) as scene:
        execution = scene.rehearsal.run(document, on_state=lambda change: narrate(console, change))
        if form is Format.JSON:
            print_json(_to_json(execution, scene.rehearsal))
        else:
            cause = f": {visible(execution.cause)}" if execution.cause else ""
            console.print(f"{execution.status}{cause}", highlight=False, markup=False)
            console.print("\nThe audit trail:")
            show_audit(scene.rehearsal.audit_records)
    if execution.status != "SUCCEEDED":
        raise typer.Exit(exit_code_of(execution.error))


def exit_code_of(error: str | None) -> int:
    """The exit code of an error by its name; 1 for what no class of ours stands for."""
    known = getattr(errors, error or "", None)
    return known.exit_code if isinstance(known, type) and issubclass(known, RdspatchError) else 1


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadInput(
            [Problem(where="--input", what=f"is no JSON: {error}", instead='write {"mode": "plan"}')]
        ) from None


def _to_json(execution: Execution, rehearsal: Rehearsal) -> dict[str, Any]:
    return {
        "run_id": execution.name,
        "status": execution.status,
        "error": execution.error,
        "cause": execution.cause,
        "output": execution.output,
        "transitions": execution.transitions,
        "states": [{"name": state.name, "duration_ms": state.duration_ms} for state in execution.states],
        "audit": list(rehearsal.audit_records),
    }
