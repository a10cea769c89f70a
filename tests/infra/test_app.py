from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def run_app(outdir: Path, **context: object) -> subprocess.CompletedProcess[str]:
    """`python -m infra.app` with nothing in the environment: no credentials, no path to Node, Docker or git."""
    environment = {
        "CDK_CONTEXT_JSON": json.dumps(context),
        "CDK_OUTDIR": str(outdir),
        "HOME": str(outdir),
        "PATH": "/nonexistent",
    }
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "infra.app"],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_the_app_synthesizes_without_credentials_docker_git_or_node(tmp_path: Path, asset: Path) -> None:
    done = run_app(tmp_path, stage="existing", asset=str(asset))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    template = json.loads((tmp_path / "rdspatch-existing.template.json").read_text(encoding="utf-8"))
    assert "AWS::StepFunctions::StateMachine" in str(template)


def test_bad_context_ends_with_a_message_that_names_the_command_to_run(tmp_path: Path) -> None:
    done = run_app(tmp_path, asset=str(tmp_path / "absent"))
    assert done.returncode == 1
    assert "make asset" in done.stderr
    assert "Traceback" not in done.stderr


def test_context_without_stages_is_explained(tmp_path: Path) -> None:
    from infra import app, context  # noqa: PLC0415 - starts Node

    with pytest.raises(context.BadContext, match="rdspatch:stages"):
        app.build({"stage": "sandbox"}, tmp_path)


def test_two_stages_can_live_in_one_account(sandbox: Any, existing: Any) -> None:
    """Catches a physical name: two stacks would fight for it, and a replacement could not be made."""
    # Names within their owner, and the name of what is looked at.
    inside = {
        "AWS::IAM::Policy": "PolicyName",
        "AWS::RDS::DBInstance": "DBName",
        "AWS::CloudWatch::Alarm": "MetricName",
    }
    for template in (sandbox, existing):
        for logical_id, resource in template.resources.items():
            properties = resource.get("Properties", {})
            named = [
                key
                for key, value in properties.items()
                if isinstance(value, str) and (key.endswith(("Name", "Identifier")))
            ]
            assert named in ([], [inside.get(resource["Type"])]), f"{logical_id} has a physical name"
