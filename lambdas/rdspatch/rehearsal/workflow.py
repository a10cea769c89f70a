"""What of a template takes part in the rehearsal: its state machine, and what that touches."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdspatch.rehearsal.invocation import FunctionSpec
from rdspatch.rehearsal.template import (
    EVENT_BUS,
    FUNCTION,
    STATE_MACHINE,
    TABLE_TYPES,
    TOPIC,
    TemplateUnusable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.rehearsal.template import Resource, Template

TABLE_PROPERTIES = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """The state machine with its surroundings, all references resolved.

    Attributes:
        definition: Amazon States Language, as JSON text.
        functions: The Lambda functions that the definition names.
        tables: Names of the DynamoDB tables, each with the arguments that create it.
        topics: Names of the SNS topics.
        buses: Names of the event buses other than the default one.
    """

    definition: str
    functions: tuple[FunctionSpec, ...]
    tables: Mapping[str, Mapping[str, Any]]
    topics: tuple[str, ...]
    buses: tuple[str, ...]


def read_workflow(template: Template) -> Workflow:
    """Find the one state machine of a template and what it works with.

    Raises:
        TemplateUnusable: there is none or more than one, or a reference leads nowhere.
    """
    machines = template.of_type(STATE_MACHINE)
    if len(machines) != 1:
        raise TemplateUnusable(f"the template has {len(machines)} state machines; the rehearsal runs exactly one")
    definition = _definition(template, machines[0])
    return Workflow(
        definition=definition,
        functions=tuple(
            _function(template, resource)
            for resource in template.of_type(FUNCTION)
            if template.attribute(resource.logical_id, "Arn") in definition
        ),
        tables={table.logical_id: _table(template, table) for table in template.of_type(*TABLE_TYPES)},
        topics=tuple(topic.logical_id for topic in template.of_type(TOPIC)),
        buses=tuple(bus.logical_id for bus in template.of_type(EVENT_BUS)),
    )


def _definition(template: Template, machine: Resource) -> str:
    properties = machine.properties
    if "DefinitionString" in properties:
        text = str(template.resolve(properties["DefinitionString"]))
    elif "Definition" in properties:
        text = json.dumps(template.resolve(properties["Definition"]))
    else:
        raise TemplateUnusable(f"{machine.logical_id} has no definition in the template itself")
    for name, value in template.resolve(properties.get("DefinitionSubstitutions", {})).items():
        text = text.replace("${" + name + "}", str(value))
    return text


def _function(template: Template, resource: Resource) -> FunctionSpec:
    properties = template.resolve(resource.properties)
    return FunctionSpec(
        name=template.ref(resource.logical_id),
        arn=template.attribute(resource.logical_id, "Arn"),
        handler=properties["Handler"],
        timeout_seconds=float(properties.get("Timeout", 3)),
        memory_mb=int(properties.get("MemorySize", 128)),
        environment={
            name: str(value) for name, value in properties.get("Environment", {}).get("Variables", {}).items()
        },
    )


def _table(template: Template, resource: Resource) -> dict[str, Any]:
    properties = template.resolve(resource.properties)
    arguments = {name: properties[name] for name in TABLE_PROPERTIES if name in properties}
    for index in arguments.get("GlobalSecondaryIndexes", ()):
        for provisioned in set(index) - {"IndexName", "KeySchema", "Projection"}:
            del index[provisioned]
    return {"TableName": resource.logical_id, "BillingMode": "PAY_PER_REQUEST", **arguments}
