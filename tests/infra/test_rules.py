"""The rules of others, run over every stage of the project's own cdk.json."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
STAGES = tuple(json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]["rdspatch:stages"])


@pytest.fixture(scope="session")
def checked(context: dict[str, Any], asset: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """The app of a stage as `make synth` builds it, cdk-nag included; not yet synthesized."""
    from infra import app  # noqa: PLC0415 - starts Node

    def build(stage: str) -> Any:
        own = copy.deepcopy(context) | {"stage": stage, "asset": str(asset), "check": True}
        return app.build(own, tmp_path_factory.mktemp(stage))

    return build


def acknowledgements(app: Any) -> list[tuple[Any, str, str]]:
    """Construct, rule and reason of each acknowledgement in the app."""
    from aws_cdk import Validations  # noqa: PLC0415 - starts Node

    return [
        (construct, rule, reason)
        for construct in app.node.find_all()
        for entry in construct.node.metadata
        if entry.type == Validations.ACKNOWLEDGED_RULES_METADATA_KEY
        for rule, reason in entry.data.items()
    ]


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_keeps_the_rules(stage: str, checked: Callable[[str], Any]) -> None:
    """cdk-nag fails the synthesis on what nobody has acknowledged; cfn-lint reads what came out."""
    app = checked(stage)
    app.synth()
    templates = [str(path) for path in Path(app.outdir).glob("*.template.json")]
    assert templates
    lint = str(Path(sys.executable).with_name("cfn-lint"))
    done = subprocess.run([lint, *templates], cwd=ROOT, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("stage", STAGES)
def test_an_acknowledgement_is_for_one_resource_and_has_a_reason(stage: str, checked: Callable[[str], Any]) -> None:
    """Catches answers for a whole stack, which hide what comes later, and reasons that say nothing."""
    from aws_cdk import CfnResource  # noqa: PLC0415 - starts Node

    found = acknowledgements(checked(stage))
    assert found
    for construct, rule, reason in found:
        assert CfnResource.is_cfn_resource(construct), f"{rule} on {construct.node.path}"
        assert len(reason.split()) >= 8, f"{rule} on {construct.node.path}: {reason}"


def test_the_rules_do_run(checked: Callable[[str], Any]) -> None:
    """Catches checks that are switched off without anybody noticing."""
    from aws_cdk import aws_sns as sns  # noqa: PLC0415 - starts Node

    app = checked("existing")
    sns.Topic(app.node.find_child("rdspatch-existing"), "Open")
    with pytest.raises(RuntimeError, match="Acknowledge with 'AwsSolutions::AwsSolutions-SNS3'"):
        app.synth()
