"""The entry point: `python -m infra.app` in the project's root writes the templates.

The context comes from `cdk.json`. The CDK command line adds its `-c key=value`; without it, the environment
variable `CDK_CONTEXT_JSON` holds a JSON object that overrides `cdk.json`, and `CDK_OUTDIR` names the folder to
write to (default `cdk.out`):

    CDK_CONTEXT_JSON='{"stage": "existing"}' CDK_OUTDIR=out python -m infra.app

Keys: `stage` (default `sandbox`), `asset` (the directory that becomes the functions, default `build/lambda`)
and `rdspatch:stages`. The template is `rdspatch-STAGE.template.json`. Nothing is looked up: no network, no
credentials, no Docker, no git.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from .context import BadContext
from .settings import STAGES, parse
from .stack import OrchestratorStack

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_STAGE: Final = "sandbox"
DEFAULT_ASSET: Final = "build/lambda"


def build(context: Mapping[str, object], outdir: Path) -> cdk.App:
    """The app for one stage; call `synth()` on it to write the template into `outdir`.

    Args:
        context: What `cdk.json` holds under `context`; `CDK_CONTEXT_JSON` overrides it.
        outdir: The directory to write to.

    Raises:
        BadContext: With every problem.
    """
    app = cdk.App(context=dict(context), outdir=str(outdir))
    stages = app.node.try_get_context(STAGES)
    if not isinstance(stages, dict):
        raise BadContext([f"{STAGES}: is missing; write an object with one entry for each stage"])
    stage = str(app.node.try_get_context("stage") or DEFAULT_STAGE)
    settings = parse(stages, stage)
    asset = Path(str(app.node.try_get_context("asset") or DEFAULT_ASSET))
    if not asset.is_dir():
        raise BadContext([f"asset: there is no directory {asset}; run `make asset`"])
    OrchestratorStack(app, f"rdspatch-{stage}", settings=settings, code=lambda_.Code.from_asset(str(asset)))
    return app


def main() -> None:
    """Write the templates of the stage that the context chooses."""
    context = json.loads(Path("cdk.json").read_text(encoding="utf-8"))["context"]
    try:
        app = build(context, Path(os.environ.get("CDK_OUTDIR", "cdk.out")))
    except BadContext as error:
        sys.exit(str(error))
    app.synth()


if __name__ == "__main__":
    main()
