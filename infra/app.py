"""The entry point: `python -m infra.app` in the project's root writes the templates.

The context comes from `cdk.json`. The CDK command line adds its `-c key=value`; without it, the environment
variable `CDK_CONTEXT_JSON` holds a JSON object that overrides `cdk.json`, and `CDK_OUTDIR` names the folder to
write to (default `cdk.out`):

    CDK_CONTEXT_JSON='{"stage": "existing"}' CDK_OUTDIR=out python -m infra.app

Keys: `stage` (default `sandbox`), `asset` (the directory that becomes the functions, default `build/lambda`),
`check` (true runs cdk-nag, which has to be installed then) and `rdspatch:stages`. The template is
`rdspatch-STAGE.template.json`. Nothing is looked up: no network, no credentials, no Docker, no git.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from .asset import DEFAULT_ASSET
from .context import BadContext
from .delivery import DeliveryStack
from .pipeline_settings import is_pipeline, parse_pipeline
from .settings import STAGES, parse
from .stack import OrchestratorStack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .settings import Settings

DEFAULT_STAGE: Final = "sandbox"


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
    asset = Path(str(app.node.try_get_context("asset") or DEFAULT_ASSET))
    if not asset.is_dir():
        raise BadContext([f"asset: there is no directory {asset}; run `make asset`"])
    code = lambda_.Code.from_asset(str(asset))
    if is_pipeline(stages, stage):
        pipeline = parse_pipeline(stages, stage)
        deployed = _orchestrator(app, pipeline.deploys, code)
        DeliveryStack(app, f"rdspatch-{stage}", settings=pipeline, deploys=deployed)
    else:
        _orchestrator(app, parse(stages, stage), code)
    if app.node.try_get_context("check"):
        from .checks import add_checks  # noqa: PLC0415 - cdk-nag is for those who ask for it

        add_checks(app)
    return app


def _orchestrator(app: cdk.App, settings: Settings, code: lambda_.Code) -> OrchestratorStack:
    return OrchestratorStack(app, f"rdspatch-{settings.stage}", settings=settings, code=code)


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
