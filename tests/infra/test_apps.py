"""Apps of other people: deployable as far as others can tell, or refused with what to write."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import aws_cdk as cdk
import pytest

from tests.infra import judging
from tests.infra.apps import GOOD, REFUSED
from tests.infra.apps.layout import Layout
from tests.infra.state_machine import unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ARN: Final = "arn:aws:service:eu-central-1:111122223333:resource"
LEFT_OUT: Final = ("W", "E3703")
"""Warnings are about the apps' own databases and networks; E3703 about how the CDK writes texts of its pipelines."""
MADE_UP: Final = {"looked_up"}
"""The CDK itself makes up ids that no linter takes, until its CLI has looked the true ones up."""


def synthesize(make: Callable[[Layout], None], asset: Path, outdir: Path) -> list[Path]:
    """The templates of an app."""
    app = cdk.App(outdir=str(outdir))
    make(Layout(app, asset))
    app.synth()
    return sorted(outdir.rglob("*.template.json"))


@pytest.fixture(scope="session")
def templates(asset: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[Path]]:
    return {name: synthesize(make, asset, tmp_path_factory.mktemp(name)) for name, make in GOOD.items()}


@pytest.fixture(scope="session")
def lint(templates: Mapping[str, list[Path]]) -> str:
    """What cfn-lint says of all of them."""
    files = [str(path) for name, paths in templates.items() for path in paths if name not in MADE_UP]
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "parseable", "--ignore-checks", *LEFT_OUT]
    return subprocess.run([*command, "--", *files], check=False, capture_output=True, text=True).stdout


@pytest.fixture(scope="session")
def definitions(templates: Mapping[str, list[Path]]) -> Mapping[str, dict[str, Any]]:
    """Every state machine, by app, template and logical id."""
    return {
        f"{name} {path.name} {logical_id}": json.loads(_text(item["Properties"]["DefinitionString"]))
        for name, paths in templates.items()
        for path in paths
        for logical_id, item in json.loads(path.read_text("utf-8"))["Resources"].items()
        if item["Type"] == "AWS::StepFunctions::StateMachine"
    }


@pytest.fixture(scope="session")
def flaws(definitions: Mapping[str, dict[str, Any]]) -> Mapping[str, list[str]]:
    return judging.flaws(dict(definitions))


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case {"Ref": "AWS::Partition"}:
            return "aws"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_text(part) for part in parts)
    return ARN


@pytest.mark.slow
@pytest.mark.parametrize("name", GOOD)
def test_cfn_lint_finds_no_error(templates: Mapping[str, list[Path]], lint: str, name: str) -> None:
    found = [line for line in lint.splitlines() if any(str(path) in line for path in templates[name])]
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("name", GOOD)
def test_its_state_machines_are_valid_and_every_state_is_reached(
    definitions: Mapping[str, dict[str, Any]], flaws: Mapping[str, list[str]], name: str
) -> None:
    mine = [machine for machine in definitions if machine.startswith(f"{name} ")]
    assert mine or name == "a_pipeline_of_another_app_and_account"
    for machine in mine:
        assert (flaws[machine], unreachable(definitions[machine])) == ([], set())


@pytest.mark.slow
def test_the_linter_does_read_them(templates: Mapping[str, list[Path]], tmp_path: Path) -> None:
    """Catches a comparison that cannot fail."""
    broken = json.loads(templates["plain"][0].read_text("utf-8"))
    for item in broken["Resources"].values():
        if item["Type"] == "AWS::Lambda::Function":
            item["Properties"]["Runtime"] = "cobol85"
    (tmp_path / "broken.template.json").write_text(json.dumps(broken), "utf-8")
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", *LEFT_OUT, "--"]
    done = subprocess.run(
        [*command, str(tmp_path / "broken.template.json")], check=False, capture_output=True, text=True
    )
    assert "cobol85" in done.stdout


@pytest.mark.slow
def test_orchestrators_of_one_name_share_nothing(templates: Mapping[str, list[Path]]) -> None:
    """Catches numbers, alarms and names in which two databases of one name would meet."""
    stacks = [json.loads(path.read_text("utf-8"))["Resources"] for path in templates["two_of_one_name"]]
    (both,) = [json.loads(path.read_text("utf-8"))["Resources"] for path in templates["two_in_a_stack"]]
    for resources in (*stacks, both):
        named = [key for item in resources.values() for key in item.get("Properties", {}) if key in NAMES]
        assert named == []
    groups = [_log_group(item) for item in both.values() if item["Type"] == "AWS::Logs::LogGroup"]
    given = [name for name in groups if name]
    assert len(set(given)) == len(given) == 6
    watched = [_watched(both, half) for half in ("PatchesOne", "PatchesOther")]
    assert all(watched)
    assert watched[0] & watched[1] == set()


NAMES: Final = {"AlarmName", "DashboardName", "FunctionName", "StateMachineName", "TableName", "TopicName", "QueueName"}


def _log_group(item: Mapping[str, Any]) -> str:
    return json.dumps(item["Properties"].get("LogGroupName", ""), sort_keys=True).strip('"')


def _watched(resources: Mapping[str, Any], half: str) -> set[str]:
    """The metrics, with their dimensions, that the alarms of one orchestrator look at."""
    alarms = [item for name, item in resources.items() if item["Type"].endswith("Alarm") and name.startswith(half)]
    parts = [
        part["MetricStat"]["Metric"]
        for item in alarms
        for part in item["Properties"].get("Metrics", ())
        if "MetricStat" in part
    ]
    parts += [
        {key: item["Properties"][key] for key in ("MetricName", "Dimensions")}
        for item in alarms
        if "MetricName" in item["Properties"]
    ]
    return {json.dumps(part, sort_keys=True) for part in parts}


@pytest.mark.parametrize(("make", "says"), REFUSED.items(), ids=[make.__name__ for make in REFUSED])
def test_what_cannot_be_deployed_is_refused_with_what_to_write(
    asset: Path, tmp_path: Path, make: Callable[[Layout], None], says: str
) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        synthesize(make, asset, tmp_path)
    assert "\n" not in str(caught.value) or make.__name__ == "an_imported_cluster_without_its_address"


@pytest.mark.slow
def test_every_app_is_of_a_layout_of_its_own(templates: Mapping[str, list[Path]]) -> None:
    assert len(GOOD) + len(REFUSED) >= 30
    texts = ["".join(path.read_text("utf-8") for path in paths) for paths in templates.values()]
    assert len(set(texts)) == len(texts)
