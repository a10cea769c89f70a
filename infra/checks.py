"""The rules that every stage has to keep: cdk-nag's packs for AWS solutions and for serverless applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

if TYPE_CHECKING:
    from aws_cdk import App


def add_checks(app: App) -> None:
    """Let the synthesis of `app` fail, with a report, on every finding that nobody has acknowledged."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
