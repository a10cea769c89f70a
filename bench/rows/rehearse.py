"""Run as a process: rehearses one run of the deployed workflow; prints its transitions and what Lambda would bill.

Argument: the patch directory, whose baseline is empty.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rdspatch.rehearsal.scene import Setting, open_scene
from rdspatch.rehearsal.synthesis import find_project, synthesize

HERE = Path(__file__).resolve().parent
FUNCTION = "AWS::Lambda::Function"


def memory(assembly: Path) -> dict[str, int]:
    """Megabytes of each function of the stack, by the last part of its handler's module."""
    template = json.loads(synthesize(assembly, project=find_project(HERE)).read_text())
    functions = [it["Properties"] for it in template["Resources"].values() if it["Type"] == FUNCTION]
    return {it["Handler"].split(".")[-2]: it.get("MemorySize", 128) for it in functions}


def main(patches: Path) -> None:
    megabytes = memory(patches.parent / f"{patches.name}-synth")
    setting = Setting(
        baseline="",
        patches=patches,
        app=f"{sys.executable} {HERE / 'healthy_app.py'} {{database}}",
        app_directory=HERE,
        health_path="/api/health",
        stage="sandbox",
        time_scale=0.01,
    )
    with open_scene(setting) as scene:
        execution = scene.rehearsal.run({})
        invocations = scene.rehearsal.invocations
    if execution.status != "SUCCEEDED":
        sys.exit(f"{execution.error}: {execution.cause}")
    billed = sum(it.duration_ms / 1000 * megabytes[it.function] / 1024 for it in invocations)
    print(json.dumps({"transitions": execution.transitions, "invocations": len(invocations), "gb_seconds": billed}))


main(Path(sys.argv[1]))
