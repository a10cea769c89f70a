from __future__ import annotations

import subprocess

from infra.node import prefer_packaged_node


def test_the_node_of_the_package_is_chosen_and_runs() -> None:
    environment: dict[str, str] = {}
    prefer_packaged_node(environment)
    version = subprocess.run([environment["JSII_NODE"], "--version"], check=True, capture_output=True, text=True).stdout
    assert int(version.removeprefix("v").split(".")[0]) >= 22


def test_a_node_that_the_user_chose_is_left_alone() -> None:
    environment = {"JSII_NODE": "/opt/node"}
    prefer_packaged_node(environment)
    assert environment == {"JSII_NODE": "/opt/node"}
