"""What of a template takes part in the rehearsal: its state machine, and what that touches."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdspatch.rehearsal.deliveries import Rule, Schedule, read_rule, read_schedule
from rdspatch.rehearsal.invocation import FunctionSpec
from rdspatch.rehearsal.template import (
    EVENT_BUS,
    FUNCTION,
    RULE,
    SCHEDULE,
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
        name: Of the state machine that calls the functions.
        definition: Amazon States Language, as JSON text.
        helpers: Definitions of the state machines around it, by name.
        schedules: What starts state machines by the clock.
        rules: What starts state machines when something happened.
        functions: The Lambda functions that the definition names.
        instances: Identifiers of the database instances on RDS that the definition names.
        tables: Names of the DynamoDB tables, each with the arguments that create it.
        topics: Names of the SNS topics.
        buses: Names of the event buses other than the default one.
    """

    name: str
    definition: str
    helpers: Mapping[str, str]
    schedules: tuple[Schedule, ...]
    rules: tuple[Rule, ...]
    functions: tuple[FunctionSpec, ...]
    instances: tuple[str, ...]
    tables: Mapping[str, Mapping[str, Any]]
    topics: tuple[str, ...]
    buses: tuple[str, ...]


def read_workflow(template: Template) -> Workflow:
    """Find the state machine of a template that calls its functions, and what it works with.

    Raises:
        TemplateUnusable: there is none or more than one, or a reference leads nowhere.
    """
    definitions = {machine.logical_id: _definition(template, machine) for machine in template.of_type(STATE_MACHINE)}
    name = _only_caller(template, definitions)
    definition = definitions.pop(name)
    return Workflow(
        name=name,
        definition=definition,
        helpers=definitions,
        schedules=tuple(read_schedule(template.resolve(found.properties)) for found in template.of_type(SCHEDULE)),
        rules=tuple(read_rule(template.resolve(found.properties)) for found in template.of_type(RULE)),
        functions=tuple(
            _function(template, resource)
            for resource in template.of_type(FUNCTION)
            if template.attribute(resource.logical_id, "Arn") in definition
        ),
        instances=tuple(
            {
                str(state["Parameters"]["DbInstanceIdentifier"]): None
                for state in json.loads(definition)["States"].values()
                if "DbInstanceIdentifier" in state.get("Parameters", {})
            }
        ),
        tables={table.logical_id: _table(template, table) for table in template.of_type(*TABLE_TYPES)},
        topics=tuple(topic.logical_id for topic in template.of_type(TOPIC)),
        buses=tuple(bus.logical_id for bus in template.of_type(EVENT_BUS)),
    )


def _only_caller(template: Template, definitions: Mapping[str, str]) -> str:
    functions = [template.attribute(function.logical_id, "Arn") for function in template.of_type(FUNCTION)]
    callers = [name for name, text in definitions.items() if any(arn in text for arn in functions)]
    found = callers if len(definitions) > 1 else list(definitions)
    if len(found) != 1:
        what = "state machines that call a function" if definitions else "state machines"
        raise TemplateUnusable(f"the template has {len(found)} {what}; the rehearsal runs exactly one")
    return found[0]


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
