"""Synthesized templates; synth takes seconds, so each stage is made once a session."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.infra.shop import Shop

ROOT = Path(__file__).parents[2]
SAMPLES = {
    "AWS::Region": "eu-central-1",
    "AWS::Partition": "aws",
    "AWS::AccountId": "111122223333",
}
SECRET = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:meshapp/patcher-AbCdEf"


class Template:
    """A template as `python -m infra.app` writes it, with the questions that the tests ask."""

    def __init__(self, text: str) -> None:
        self.body: dict[str, Any] = json.loads(text)
        self.resources: dict[str, dict[str, Any]] = self.body["Resources"]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """The resources of one type by their logical ids; fails when there is none."""
        found = {name: item for name, item in self.resources.items() if item["Type"] == kind}
        assert found, f"no {kind} in the template"
        return found

    def only(self, kind: str) -> dict[str, Any]:
        """The one resource of a type."""
        (resource,) = self.of_type(kind).values()
        return resource

    def types(self) -> set[str]:
        return {item["Type"] for item in self.resources.values()}

    def function(self, name: str) -> dict[str, Any]:
        """The properties of the function of one handler: `patcher` or `health`."""
        for resource in self.of_type("AWS::Lambda::Function").values():
            if f".{name}." in resource["Properties"]["Handler"]:
                properties: dict[str, Any] = resource["Properties"]
                return properties
        raise AssertionError(f"no function {name}")

    def role_of(self, logical_id: str) -> list[dict[str, Any]]:
        """The statements of all inline policies of one role."""
        policies = self.of_type("AWS::IAM::Policy").values()
        return [
            statement
            for policy in policies
            if {"Ref": logical_id} in policy["Properties"]["Roles"]
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        ]

    def machine(self, construct: str = "Workflow") -> tuple[str, dict[str, Any]]:
        """Logical id and properties of the state machine of one construct."""
        machines = self.of_type("AWS::StepFunctions::StateMachine")
        ((name, resource),) = ((name, item) for name, item in machines.items() if f"{construct}StateMachine" in name)
        return name, resource["Properties"]

    def definition(self, construct: str = "Workflow") -> dict[str, Any]:
        """A state machine's definition with every reference replaced by the logical id it names."""
        source = self.machine(construct)[1]["DefinitionString"]
        definition: dict[str, Any] = json.loads(self.resolve(source))
        return definition

    def resolve(self, value: Any) -> str:
        """A value with references replaced by samples."""
        if isinstance(value, str | int):
            return str(value)
        if "Ref" in value:
            return SAMPLES.get(value["Ref"], value["Ref"])
        if "Fn::GetAtt" in value:
            if value["Fn::GetAtt"][1] == "Endpoint.Port":
                return "5432"
            return ".".join(value["Fn::GetAtt"])
        separator, parts = value["Fn::Join"]
        return str(separator).join(self.resolve(part) for part in parts)


@pytest.fixture(scope="session")
def asset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small directory in place of the functions' real asset."""
    directory = tmp_path_factory.mktemp("asset")
    (directory / "module.py").write_text("", encoding="utf-8")
    return directory


@pytest.fixture
def shop(asset: Path) -> Shop:
    """Somebody else's app."""
    from tests.infra.shop import Shop  # noqa: PLC0415 - starts Node

    return Shop(asset)


@pytest.fixture(scope="session")
def context() -> dict[str, Any]:
    """The context of the project's own cdk.json."""
    loaded: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    return loaded


@pytest.fixture(scope="session")
def synth(
    context: dict[str, Any], asset: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, dict[str, Any]], Template]:
    """Makes the template of one stage of any description."""

    def make(stage: str, description: dict[str, Any]) -> Template:
        from infra import app  # noqa: PLC0415 - starts Node

        own = copy.deepcopy(context) | {
            "stage": stage,
            "asset": str(asset),
            "rdspatch:stages": {stage: description},
        }
        outdir = tmp_path_factory.mktemp(stage)
        app.build(own, outdir).synth()
        manifest = json.loads((outdir / "manifest.json").read_text(encoding="utf-8"))
        assert "missing" not in manifest, "synth asked for a look-up in the account"
        return Template((outdir / f"rdspatch-{stage}.template.json").read_text(encoding="utf-8"))

    return make


@pytest.fixture(scope="session")
def sandbox(context: dict[str, Any], synth: Callable[[str, dict[str, Any]], Template]) -> Template:
    """New network, new database, secret."""
    return synth("sandbox", context["rdspatch:stages"]["sandbox"])


@pytest.fixture(scope="session")
def existing(context: dict[str, Any], synth: Callable[[str, dict[str, Any]], Template]) -> Template:
    """Everything there already, secret."""
    description = copy.deepcopy(context["rdspatch:stages"]["existing"])
    del description["database"]["user"], description["database"]["resource_id"]
    description["database"] |= {"auth": "secret", "secret_arn": SECRET}
    return synth("existing", description)


@pytest.fixture(scope="session")
def token(context: dict[str, Any], synth: Callable[[str, dict[str, Any]], Template]) -> Template:
    """Everything there already but the endpoint for DynamoDB, IAM login, an owner role."""
    description = copy.deepcopy(context["rdspatch:stages"]["existing"])
    description["database"] |= {"user": "patcher", "resource_id": "db-ABCDEF0123"}
    description["network"] |= {
        "create_endpoints": ["dynamodb"],
        "route_table_ids": ["rtb-0a1b", "rtb-0a1c"],
    }
    roles = {"owner_role": "meshapp_owner", "trusted_roles": ["meshapp", "audit"]}
    return synth("token", description | roles | {"search_path": "app,public"})


@pytest.fixture(scope="session")
def fresh_token(context: dict[str, Any], synth: Callable[[str, dict[str, Any]], Template]) -> Template:
    """New network, new database, IAM login, account and region fixed."""
    description = copy.deepcopy(context["rdspatch:stages"]["sandbox"])
    description["database"] |= {"auth": "iam", "user": "patcher"}
    return synth("fresh", description | {"account": "111122223333", "region": "eu-central-1"})


@pytest.fixture(scope="session")
def states(sandbox: Template) -> dict[str, dict[str, Any]]:
    """The states of the workflow by name."""
    found: dict[str, dict[str, Any]] = sandbox.definition()["States"]
    return found
