"""The example of a whole pipeline: source, build, deployment, patches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import ArnFormat, Aws, Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from .acknowledgements import acknowledge, acknowledge_policy, on_resource
from .pipeline import ManualApproval, patch_stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from .pipeline_settings import PipelineSettings
    from .stack import OrchestratorStack

_RUNTIMES = {"python": "3.13", "nodejs": "22"}
_CDK = "npx --yes aws-cdk@2"
_READ = ("kms:GenerateDataKey*", "kms:ReEncrypt*", "s3:GetBucket*", "s3:GetObject*", "s3:List*")
_WRITE = ("s3:Abort*", "s3:DeleteObject*")


class DeliveryStack(Stack):
    """From a push to a patched database.

    Build runs the tests, refuses a stale lock file and synthesizes; Deploy takes what Build synthesized, with the
    roles of the CDK's bootstrap; Patch starts the run. The pipeline does not change itself: `cdk deploy` does.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: PipelineSettings, deploys: OrchestratorStack
    ) -> None:
        """Create the pipeline that delivers the stack `deploys`."""
        to = settings.deploys
        super().__init__(
            scope,
            construct_id,
            env=Environment(account=to.account, region=to.region),
            description=f"rdspatch: pipeline to {to.target}",
        )
        source, synthesized = codepipeline.Artifact("source"), codepipeline.Artifact("synthesized")
        owner, _, name = settings.repository.partition("/")
        self.pipeline = codepipeline.Pipeline(
            self,
            "Pipeline",
            pipeline_type=codepipeline.PipelineType.V2,
            # A newer push waits instead of overtaking a run half-way through its stages.
            execution_mode=codepipeline.ExecutionMode.QUEUED,
            artifact_bucket=self._artifacts(),
        )
        self._source_role = self._connected_role(settings.connection_arn)
        self.pipeline.add_stage(
            stage_name="Source",
            actions=[
                actions.CodeStarConnectionsSourceAction(
                    action_name="Source",
                    connection_arn=settings.connection_arn,
                    owner=owner,
                    repo=name,
                    branch=settings.branch,
                    output=source,
                    role=self._source_role,
                )
            ],
        )
        build = self._build_stage(
            "Build",
            ["make test", ".venv/bin/rdspatch lock --check", "make synth"],
            source,
            output=synthesized,
            directory=f"cdk.out/{settings.stage}",
        )
        deploy = self._build_stage(
            "Deploy",
            [f"{_CDK} deploy --app . --exclusively --require-approval never {deploys.stack_name}"],
            synthesized,
        )
        deploy.add_to_role_policy(self._bootstrap_roles())
        patch_stage(
            self.pipeline,
            deploys.orchestrator,
            approval=ManualApproval(question=f"Apply the pending patches to {to.target}?") if settings.ask else None,
        )
        self._acknowledge(build, deploy)

    def _artifacts(self) -> s3.Bucket:
        return s3.Bucket(
            self,
            "Artifacts",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=kms.Key(self, "Key", enable_key_rotation=True, removal_policy=RemovalPolicy.DESTROY),
            bucket_key_enabled=True,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))],
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _connected_role(self, connection_arn: str) -> iam.Role:
        """The CDK allows the use of a connection under the service's former name only; new ones have the new name."""
        role = iam.Role(self, "SourceRole", assumed_by=iam.ArnPrincipal(self.pipeline.role.role_arn))
        role.add_to_policy(iam.PolicyStatement(actions=["codeconnections:UseConnection"], resources=[connection_arn]))
        return role

    def _build_stage(
        self,
        name: str,
        commands: Sequence[str],
        source: codepipeline.Artifact,
        *,
        output: codepipeline.Artifact | None = None,
        directory: str | None = None,
    ) -> codebuild.PipelineProject:
        phases = {"install": {"runtime-versions": _RUNTIMES}, "build": {"commands": list(commands)}}
        artifacts = {"artifacts": {"base-directory": directory, "files": ["**/*"]}} if directory else {}
        project = codebuild.PipelineProject(
            self,
            name,
            build_spec=codebuild.BuildSpec.from_object({"version": "0.2", "phases": phases, **artifacts}),
            environment=codebuild.BuildEnvironment(
                build_image=codebuild.LinuxBuildImage.STANDARD_7_0, compute_type=codebuild.ComputeType.MEDIUM
            ),
            encryption_key=self.pipeline.artifact_bucket.encryption_key,
            grant_report_group_permissions=False,
            timeout=Duration.hours(1),
            logging=codebuild.LoggingOptions(
                cloud_watch=codebuild.CloudWatchLoggingOptions(
                    log_group=logs.LogGroup(self, f"{name}Logs", retention=logs.RetentionDays.ONE_YEAR)
                )
            ),
        )
        action = actions.CodeBuildAction(
            action_name=name, project=project, input=source, outputs=[output] if output else None
        )
        self.pipeline.add_stage(stage_name=name, actions=[action])
        return project

    def _bootstrap_roles(self) -> iam.PolicyStatement:
        """What deploys is allowed to be: the roles that `cdk bootstrap` made for it in this account and region."""
        role = f"arn:{Aws.PARTITION}:iam::{self.account}:role/cdk-hnb659fds"
        return iam.PolicyStatement(
            actions=["sts:AssumeRole"],
            resources=[
                f"{role}-{purpose}-role-{self.account}-{self.region}" for purpose in ("deploy", "file-publishing")
            ],
        )

    def _acknowledge(self, build: codebuild.Project, deploy: codebuild.Project) -> None:
        bucket = self.pipeline.artifact_bucket
        acknowledge(
            bucket, {"AwsSolutions-S1": "Roles of this stack alone reach the artifacts; CloudTrail can tell when"}
        )
        read = dict.fromkeys(
            [
                *(f"AwsSolutions-IAM5[Action::{action}]" for action in _READ),
                on_resource(self, bucket.arn_for_objects("*")),
            ],
            "The grant of the CDK on the bucket of this pipeline's artifacts and on its key, which hold nothing else",
        )
        write = dict.fromkeys((f"AwsSolutions-IAM5[Action::{action}]" for action in _WRITE), *set(read.values()))
        for role in (self.pipeline.role, self._source_role):
            acknowledge_policy(role, read | write)
        for project, artifacts in ((build, read | write), (deploy, read)):
            own = Stack.of(self).format_arn(
                service="logs",
                resource="log-group",
                resource_name=f"/aws/codebuild/{project.project_name}:*",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            logs_ = "The log group that CodeBuild makes when it is given none, named after this project"
            if project.role is None:
                raise TypeError(f"{project.node.path} has no role")
            acknowledge_policy(project.role, artifacts | {on_resource(self, own): logs_})
