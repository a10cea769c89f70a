"""What the pipeline of `cdk.json` starts a run with, and under which name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rdspatch.rehearsal.synthesis import find_project, synthesize

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rehearsal.stage import Stage

EXECUTION = "8a3f1c9e-0d6b-4a57-9a44-2f1f6f2b7c10"


def invocation(directory: Path) -> dict[str, str]:
    """The configuration of the pipeline's action that starts the workflow."""
    synthesize(directory, project=find_project(Path(__file__)), stage="pipeline")
    resources = json.loads((directory / "rdspatch-pipeline.template.json").read_text("utf-8"))["Resources"]
    (pipeline,) = (it["Properties"] for it in resources.values() if it["Type"] == "AWS::CodePipeline::Pipeline")
    actions: list[dict[str, Any]] = [action for stage in pipeline["Stages"] for action in stage["Actions"]]
    (found,) = (it["Configuration"] for it in actions if it["ActionTypeId"]["Provider"] == "StepFunctions")
    return dict(found)


def test_the_pipelines_input_is_taken_and_the_audit_names_its_execution(
    stage: Callable[..., Stage], tmp_path: Path
) -> None:
    action = invocation(tmp_path / "assembly")
    document = action["Input"].replace("#{codepipeline.PipelineExecutionId}", EXECUTION)
    scene = stage({"0001_first": "CREATE TABLE first (id int);"})
    run = scene.run(json.loads(document), name=f"{action['ExecutionNamePrefix']}-{EXECUTION}")
    assert (run.status, scene.ledger()) == ("SUCCEEDED", ["0001_first"])
    (asked,) = [it for it in scene.rehearsal.audit_records if it["event"] == "requested"]
    assert asked["run_id"] == run.name
    assert json.loads(asked["body"])["reason"] == f"pipeline execution {EXECUTION}"
