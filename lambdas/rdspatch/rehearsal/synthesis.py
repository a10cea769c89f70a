"""Gets the template from the CDK app, as a deployment would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rdspatch
from rdspatch.rehearsal.template import STATE_MACHINE, TemplateUnusable

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = Path(rdspatch.__file__).parent
SYNTHESIS_SECONDS = 120.0


class SynthesisFailed(RuntimeError):
    """The CDK app did not produce a template; the message carries what it said."""


def find_project(start: Path) -> Path:
    """Return the nearest directory, from `start` upwards, that holds a CDK app.

    Raises:
        SynthesisFailed: there is none: this is no checkout.
    """
    for directory in (start, *start.parents):
        if (directory / "cdk.json").is_file():
            return directory
    raise SynthesisFailed(
        f"no cdk.json in {start} or above: run this inside a checkout of the project, "
        "or give the path of a synthesized template"
    )


def synthesize(
    output_directory: Path,
    *,
    project: Path,
    stage: str = "sandbox",
    asset: Path | None = None,
    stages: Mapping[str, object] | None = None,
) -> Path:
    """Run the project's CDK app and return the template that holds the state machine.

    Args:
        output_directory: Where the cloud assembly goes.
        project: The directory with `cdk.json`.
        stage: The stage of `cdk.json` to synthesize.
        asset: What stands for the functions' code. A rehearsal runs the handlers of this very package, so this
            package is it by default, and `build/lambda` need not be there.
        stages: Descriptions of stages, where not those of `cdk.json`.

    Raises:
        SynthesisFailed: the app failed or took too long.
        TemplateUnusable: not exactly one template has a state machine.
    """
    context: dict[str, object] = {"stage": stage, "asset": str(asset or PACKAGE)}
    if stages is not None:
        context["rdspatch:stages"] = stages
    environment = {
        **os.environ,
        "CDK_OUTDIR": str(output_directory),
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    try:
        result = subprocess.run(
            [sys.executable, "-m", "infra.app"],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SYNTHESIS_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise SynthesisFailed(f"the CDK app took longer than {SYNTHESIS_SECONDS:.0f} seconds") from error
    if result.returncode:
        raise SynthesisFailed(f"the CDK app failed with status {result.returncode}:\n{result.stderr[-4000:]}")
    return find_template(output_directory)


def find_template(assembly: Path) -> Path:
    """Return the one template of a cloud assembly that has a state machine.

    Raises:
        TemplateUnusable: none has, or several have.
    """
    found = [
        path
        for path in sorted(assembly.rglob("*.template.json"))
        if any(
            resource.get("Type") == STATE_MACHINE
            for resource in json.loads(path.read_text()).get("Resources", {}).values()
        )
    ]
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise TemplateUnusable(f"exactly one template in {assembly} should have a state machine; found {names}")
    return found[0]
