"""Apps by what starts a run after a deployment."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import pipelines

from infra import (
    PatchStep,
    patch_stage,
)
from tests.infra.apps.layout import ABROAD, HERE, OTHERS, Layout


def a_pipeline(layout: Layout, *, of: cdk.Environment = HERE) -> None:
    patches = layout.patched(layout.stack(env=HERE))
    patch_stage(pipeline(layout.stack("Pipeline", of)), patches)


def a_pipeline_of_another_region(layout: Layout) -> None:
    a_pipeline(layout, of=ABROAD)


def a_pipeline_of_another_account(layout: Layout) -> None:
    a_pipeline(layout, of=OTHERS)


def a_pipeline_of_another_app_and_account(layout: Layout) -> None:
    stack = layout.stack("Pipeline", OTHERS)
    arn = "arn:aws:states:eu-central-1:111122223333:stateMachine:shop"
    patch_stage(pipeline(stack), sfn.StateMachine.from_state_machine_arn(stack, "Patches", arn))


def cdk_pipelines(layout: Layout, *, to: cdk.Environment = HERE, name: str | None = "shop-patches") -> None:
    stage = cdk.Stage(layout.app, "Production", env=to)
    patches = layout.patched(cdk.Stack(stage, "Shop"), state_machine_name=name)
    delivery(layout.stack("Pipeline", HERE)).add_stage(stage, post=[PatchStep("Patch", patches)])


def cdk_pipelines_to_another_account_and_region(layout: Layout) -> None:
    cdk_pipelines(layout, to=cdk.Environment(account="444455556666", region="us-east-1"))


def pipeline(stack: cdk.Stack) -> codepipeline.Pipeline:
    made = codepipeline.Pipeline(stack, "Delivery", cross_account_keys=True)
    source = actions.S3SourceAction(
        action_name="Source", bucket=s3.Bucket(stack, "Source"), bucket_key="key", output=codepipeline.Artifact("app")
    )
    made.add_stage(stage_name="Source", actions=[source])
    return made


def delivery(stack: cdk.Stack) -> pipelines.CodePipeline:
    connection = "arn:aws:codeconnections:eu-central-1:111122223333:connection/0a1b2c3d"
    source = pipelines.CodePipelineSource.connection("shop/app", "main", connection_arn=connection)
    synth = pipelines.ShellStep("Synth", input=source, commands=["cdk synth"])
    return pipelines.CodePipeline(stack, "Delivery", synth=synth, cross_account_keys=True)


DELIVERIES: Final = (
    a_pipeline,
    a_pipeline_of_another_region,
    a_pipeline_of_another_account,
    a_pipeline_of_another_app_and_account,
    cdk_pipelines,
    cdk_pipelines_to_another_account_and_region,
)
