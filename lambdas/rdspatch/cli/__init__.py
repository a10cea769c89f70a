"""The command line; needs the extra `cli`."""

from __future__ import annotations

import importlib.util
import sys

from rdspatch.adapters.collector import loading

_INTERRUPTED = 130
"""As shells report it of what Ctrl-C has ended."""


def main() -> None:
    """Run the command line and exit with its code; see `rdspatch --help`."""
    if importlib.util.find_spec("typer") is None or importlib.util.find_spec("rich") is None:
        sys.stderr.write("rdspatch: the command line needs more packages: pip install 'rdspatch[cli]'\n")
        sys.exit(2)
    try:
        with loading():
            from rdspatch.cli.app import load, run  # noqa: PLC0415 - only once its packages are known to be there

            load(sys.argv[1:])
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while something is imported; later the commands see to it
        code = _INTERRUPTED
    sys.exit(code)
