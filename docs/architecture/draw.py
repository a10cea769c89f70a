"""Renders `architecture.dot` beside this file into `architecture.svg`; needs the npm registry.

The layout is Graphviz's, compiled to WebAssembly, so that no system package is needed.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from rdspatch.authoring.npm import NODE, NpmPackage, fetch

HERE = Path(__file__).parent
GRAPHVIZ = NpmPackage(
    name="@viz-js/viz@3.31.0",
    integrity="r7zlQdRvcwvIpjHGgs+KNWHeE/P5/Dq7k8ZAKaMCbZqomxCBJV78gVuQYaHzFVca+kB0mX0fMW9UFevCOBG50A==",
)
MODULE = "package/dist/viz.cjs"
SCRIPT = """
require(process.argv[1]).instance().then((viz) => {
    process.stdout.write(viz.renderString(require("fs").readFileSync(0, "utf8"), { format: "svg" }));
});
"""


def draw(source: str) -> str:
    """The picture that a text in the DOT language describes, as SVG.

    Raises:
        BadSettings: Graphviz could not be had.
        subprocess.CalledProcessError: The text is no graph.
    """
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fetch(GRAPHVIZ, Path(folder))) as package:
            package.extract(MODULE, folder, filter="data")
        command = [str(NODE), "-e", SCRIPT, str(Path(folder, MODULE))]
        return subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout  # noqa: S603


if __name__ == "__main__":
    picture = draw((HERE / "architecture.dot").read_text(encoding="utf-8"))
    sys.exit(None if (HERE / "architecture.svg").write_text(picture, encoding="utf-8") else "nothing was drawn")
