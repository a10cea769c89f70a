from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rdspatch.rehearsal.synthesis import SynthesisFailed, find_project, find_template, synthesize
from rdspatch.rehearsal.template import Template, TemplateUnusable
from rdspatch.rehearsal.workflow import read_workflow
from tests.rehearsal.small_stack import invoke, template_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ACCOUNT, REGION = "123456789012", "eu-central-1"
SMALL = template_of({"Only": invoke(action="echo") | {"End": True}})


def template(tmp_path: Path, document: Mapping[str, Any]) -> Template:
    path = tmp_path / "stack.template.json"
    path.write_text(json.dumps(document))
    return Template.read(path, account=ACCOUNT, region=REGION)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Table"}, "Table"),
        ({"Ref": "Topic"}, f"arn:aws:sns:{REGION}:{ACCOUNT}:Topic"),
        ({"Ref": "AWS::Region"}, REGION),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "Size"}, "small"),
        ({"Fn::GetAtt": ["Worker", "Arn"]}, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Worker"),
        ({"Fn::GetAtt": "Table.Arn"}, f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Table"),
        ({"Fn::GetAtt": ["Instance", "Endpoint.Port"]}, "Instance.Endpoint.Port"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Table"}, 3]]}, "a-Table-3"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b,c"]}]}, "b"),
        ({"Fn::Select": [0, {"Fn::GetAZs": {"Ref": "AWS::Region"}}]}, f"{REGION}a"),
        ({"Fn::Sub": "${AWS::Region}/${Table}/${Worker.Arn}/${!kept}"}, None),
        ({"Fn::Sub": ["${a}${Table}", {"a": {"Ref": "Table"}}]}, "TableTable"),
        ({"nested": [{"Ref": "Table"}], "Ref": "Table"}, {"nested": ["Table"], "Ref": "Table"}),
        (True, True),
    ],
)
def test_references_are_resolved(tmp_path: Path, value: Any, expected: Any) -> None:
    if expected is None:
        expected = f"{REGION}/Table/arn:aws:lambda:{REGION}:{ACCOUNT}:function:Worker/${{kept}}"
    document = SMALL | {"Parameters": {"Size": {"Type": "String", "Default": "small"}}}
    assert template(tmp_path, document).resolve(value) == expected


@pytest.mark.parametrize("value", [{"Ref": "Nothing"}, {"Fn::GetAtt": ["Nothing", "Arn"]}])
def test_a_reference_to_nothing_is_named(tmp_path: Path, value: Any) -> None:
    with pytest.raises(TemplateUnusable, match="'Nothing'"):
        template(tmp_path, SMALL).resolve(value)


def test_a_function_that_the_rehearsal_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateUnusable, match="Fn::FindInMap"):
        template(tmp_path, SMALL).resolve({"Fn::FindInMap": ["a", "b", "c"]})


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"Resources": {"A": {}}}'])
def test_what_is_no_template_is_refused_by_its_path(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.template.json"
    path.write_text(text)
    with pytest.raises(TemplateUnusable, match=r"wrong\.template\.json"):
        Template.read(path, account=ACCOUNT, region=REGION)


def test_the_workflow_has_only_the_functions_that_its_definition_names(tmp_path: Path) -> None:
    workflow = read_workflow(template(tmp_path, SMALL))
    (function,) = workflow.functions
    assert (function.name, function.handler, function.role) == ("Worker", "small.worker.handler", "worker")
    assert (function.timeout_seconds, function.memory_mb) == (1.0, 256)
    assert function.environment["RDSPATCH_DATABASE_HOST"] == "Instance.Endpoint.Address"
    assert json.loads(workflow.definition)["States"]["Only"]["Parameters"]["FunctionName"] == function.arn


def test_a_table_is_created_with_its_keys_and_indexes_and_without_its_protection(tmp_path: Path) -> None:
    document = json.loads(json.dumps(SMALL))
    keys = [{"AttributeName": "run_id", "KeyType": "HASH"}]
    index = {"IndexName": "by-run", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
    document["Resources"]["Table"]["Properties"]["GlobalSecondaryIndexes"] = [
        index | {"WriteProvisionedThroughputSettings": {}}
    ]
    arguments = read_workflow(template(tmp_path, document)).tables["Table"]
    assert arguments["GlobalSecondaryIndexes"] == [index]
    assert "DeletionProtectionEnabled" not in arguments


def test_a_function_invoked_by_its_alias_is_found(tmp_path: Path) -> None:
    document = json.loads(json.dumps(SMALL))
    document["Resources"]["Live"] = {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"FunctionName": {"Ref": "Worker"}, "Name": "live"},
    }
    assert template(tmp_path, document).ref("Live").endswith(":function:Worker:live")


def test_substitutions_of_the_definition_are_made(tmp_path: Path) -> None:
    document = json.loads(json.dumps(SMALL))
    document["Resources"]["Machine"]["Properties"] = {
        "DefinitionString": '{"States": {}, "on": "${worker}"}',
        "DefinitionSubstitutions": {"worker": {"Fn::GetAtt": ["Worker", "Arn"]}},
    }
    assert read_workflow(template(tmp_path, document)).definition.endswith(':function:Worker"}')


@pytest.mark.parametrize(("machines", "said"), [(0, "has 0 state machines"), (2, "has 2 state machines that call")])
def test_a_template_needs_exactly_one_state_machine_that_calls_functions(
    tmp_path: Path, machines: int, said: str
) -> None:
    document = json.loads(json.dumps(SMALL))
    machine = document["Resources"].pop("Machine")
    document["Resources"] |= {f"Machine{number}": machine for number in range(machines)}
    with pytest.raises(TemplateUnusable, match=said):
        read_workflow(template(tmp_path, document))


def test_a_state_machine_that_calls_no_function_is_a_helper(tmp_path: Path) -> None:
    document = json.loads(json.dumps(SMALL))
    definition = json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}})
    document["Resources"]["Starter"] = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"DefinitionString": definition},
    }
    workflow = read_workflow(template(tmp_path, document))
    assert workflow.name == "Machine"
    assert workflow.helpers == {"Starter": definition}


def test_an_assembly_needs_exactly_one_template_with_a_state_machine(tmp_path: Path) -> None:
    (tmp_path / "network.template.json").write_text('{"Resources": {}}')
    with pytest.raises(TemplateUnusable, match="found none"):
        find_template(tmp_path)
    (tmp_path / "workflow.template.json").write_text(json.dumps(SMALL))
    assert find_template(tmp_path).name == "workflow.template.json"
    (tmp_path / "another.template.json").write_text(json.dumps(SMALL))
    with pytest.raises(TemplateUnusable, match=r"another\.template\.json, workflow\.template\.json"):
        find_template(tmp_path)


def test_the_project_is_found_from_a_directory_in_it(tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text("{}")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_project(inner) == tmp_path


def test_outside_a_checkout_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SynthesisFailed, match="run this inside a checkout"):
        find_project(tmp_path)


def test_an_app_that_fails_is_quoted(tmp_path: Path) -> None:
    app = tmp_path / "infra" / "app.py"
    app.parent.mkdir()
    app.write_text("import sys; sys.exit('the context is wrong')")
    with pytest.raises(SynthesisFailed, match="the context is wrong"):
        synthesize(tmp_path / "out", project=tmp_path)


def test_the_app_is_told_where_to_write_and_which_stage(tmp_path: Path) -> None:
    app = tmp_path / "infra" / "app.py"
    app.parent.mkdir()
    app.write_text(
        "import json, os, pathlib\n"
        "out = pathlib.Path(os.environ['CDK_OUTDIR']); out.mkdir()\n"
        "stage = json.loads(os.environ['CDK_CONTEXT_JSON'])['stage']\n"
        f"(out / f'{{stage}}.template.json').write_text({json.dumps(json.dumps(SMALL))})\n"
    )
    assert synthesize(tmp_path / "out", project=tmp_path, stage="dev") == tmp_path / "out/dev.template.json"
