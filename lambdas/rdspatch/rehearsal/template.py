"""Reads a synthesized CloudFormation template: what the rehearsal needs, with its references resolved."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

TABLE_TYPES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
STATE_MACHINE = "AWS::StepFunctions::StateMachine"
FUNCTION = "AWS::Lambda::Function"
TOPIC = "AWS::SNS::Topic"
EVENT_BUS = "AWS::Events::EventBus"
RULE = "AWS::Events::Rule"
SCHEDULE = "AWS::Scheduler::Schedule"


class TemplateUnusable(ValueError):
    """The template cannot be rehearsed; the message says which part and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource of the template, its properties still with references."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]


# What `Ref` gives is not the ARN for these.
NAMED_TYPES: Mapping[str, str] = MappingProxyType(
    {
        FUNCTION: "lambda:{region}:{account}:function:{name}",
        EVENT_BUS: "events:{region}:{account}:event-bus/{name}",
        **dict.fromkeys(TABLE_TYPES, "dynamodb:{region}:{account}:table/{name}"),
    }
)
# What `Ref` gives is the ARN for these.
ARN_TYPES: Mapping[str, str] = MappingProxyType(
    {
        TOPIC: "sns:{region}:{account}:{name}",
        STATE_MACHINE: "states:{region}:{account}:stateMachine:{name}",
        "AWS::SecretsManager::Secret": "secretsmanager:{region}:{account}:secret:{name}",
    }
)
# Those that need nothing but their arguments.
PLAIN_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "Fn::Join": lambda argument: argument[0].join(str(part) for part in argument[1]),
        "Fn::Select": lambda argument: argument[1][int(argument[0])],
        "Fn::Split": lambda argument: argument[1].split(argument[0]),
        "Fn::ImportValue": str,
        "Fn::GetAZs": lambda region: [f"{region}{zone}" for zone in "abc"],
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template and the names that its resources have in the rehearsal (their logical ids)."""

    resources: Mapping[str, Resource]
    parameters: Mapping[str, Any]
    account: str
    region: str

    @classmethod
    def read(cls, path: Path, *, account: str, region: str) -> Template:
        """Read a template file.

        Raises:
            TemplateUnusable: it is no CloudFormation template in JSON.
        """
        try:
            document = json.loads(path.read_text())
            resources = {
                name: Resource(logical_id=name, type=body["Type"], properties=body.get("Properties", {}))
                for name, body in document["Resources"].items()
            }
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TemplateUnusable(f"{path} is no synthesized CloudFormation template: {error!r}") from error
        return cls(resources=resources, parameters=document.get("Parameters", {}), account=account, region=region)

    def of_type(self, *types: str) -> tuple[Resource, ...]:
        """Return the resources of these types, in the template's order."""
        return tuple(resource for resource in self.resources.values() if resource.type in types)

    def ref(self, logical_id: str) -> str:
        """Return what `{"Ref": logical_id}` is.

        Raises:
            TemplateUnusable: nothing has that name.
        """
        pseudo = {
            "AWS::Region": self.region,
            "AWS::AccountId": self.account,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": "rehearsal",
            "AWS::StackId": f"arn:aws:cloudformation:{self.region}:{self.account}:stack/rehearsal/0",
        }
        if logical_id in pseudo:
            return pseudo[logical_id]
        if logical_id in self.parameters:
            return str(self.parameters[logical_id].get("Default", ""))
        resource = self._resource(logical_id)
        if resource.type == "AWS::Lambda::Alias":
            return f"{self._function_arn(resource)}:{self.resolve(resource.properties['Name'])}"
        if resource.type in ARN_TYPES:
            return self._arn(ARN_TYPES[resource.type], logical_id)
        return logical_id

    def attribute(self, logical_id: str, name: str) -> str:
        """Return what `Fn::GetAtt` of a resource gives; made up where only AWS can know."""
        resource = self._resource(logical_id)
        if name in ("Arn", "TopicArn"):
            shapes = {**NAMED_TYPES, **ARN_TYPES}
            return self._arn(shapes.get(resource.type, "rehearsal:{region}:{account}:{name}"), logical_id)
        if name in ("Name", "TopicName"):
            return logical_id
        return f"{logical_id}.{name}"

    def resolve(self, value: Any) -> Any:
        """Return a value with every intrinsic function replaced by its result.

        Raises:
            TemplateUnusable: a reference leads nowhere, or a function is not known here.
        """
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._call(function, argument)
        return {key: self.resolve(item) for key, item in value.items()}

    def _call(self, function: str, argument: Any) -> Any:
        if function == "Ref":
            return self.ref(argument)
        if function == "Fn::GetAtt":
            logical_id, name = argument if isinstance(argument, list) else argument.split(".", 1)
            return self.attribute(logical_id, self.resolve(name))
        if function == "Fn::Sub":
            text, extra = argument if isinstance(argument, list) else (argument, {})
            return self._substitute(text, self.resolve(extra))
        if function not in PLAIN_FUNCTIONS:
            raise TemplateUnusable(f"the rehearsal cannot evaluate {function} ({argument!r})")
        return PLAIN_FUNCTIONS[function](self.resolve(argument))

    def _substitute(self, text: str, extra: Mapping[str, Any]) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name in extra:
                return str(extra[name])
            return str(self.attribute(*name.split(".", 1)) if "." in name else self.ref(name))

        return re.sub(r"\$\{([^!}][^}]*)\}", value, text).replace("${!", "${")

    def _resource(self, logical_id: str) -> Resource:
        try:
            return self.resources[logical_id]
        except KeyError:
            raise TemplateUnusable(
                f"the template refers to {logical_id!r}, which is neither a resource nor a parameter of it"
            ) from None

    def _arn(self, shape: str, name: str) -> str:
        return "arn:aws:" + shape.format(region=self.region, account=self.account, name=name)

    def _function_arn(self, alias: Resource) -> str:
        named = str(self.resolve(alias.properties["FunctionName"]))
        return named if named.startswith("arn:") else self._arn(NAMED_TYPES[FUNCTION], named)
