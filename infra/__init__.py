"""The CDK side of rdspatch: two functions, the workflow that drives them, the audit table, and what starts runs.

Other CDK apps find it as `rdspatch_cdk`, which the wheel carries:

    from rdspatch_cdk import PatchOrchestrator

Importing the package chooses the Node that the CDK will run on, which has to happen before `aws_cdk` is
imported; that is why the names below are looked up only when they are asked for.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

from .node import prefer_packaged_node

if TYPE_CHECKING:
    from .database import DatabaseEndpoint, IamLogin, SecretLogin
    from .network import endpoints_for
    from .orchestrator import PatchOrchestrator
    from .patch_step import PatchStep
    from .pipeline import ManualApproval, patch_stage
    from .policies import Approval, Repair, Snapshot, SnapshotPolicy
    from .settings import HealthCheck, VpcEndpoint

__all__ = [
    "Approval",
    "DatabaseEndpoint",
    "HealthCheck",
    "IamLogin",
    "ManualApproval",
    "PatchOrchestrator",
    "PatchStep",
    "Repair",
    "SecretLogin",
    "Snapshot",
    "SnapshotPolicy",
    "VpcEndpoint",
    "endpoints_for",
    "patch_stage",
]

_HOMES = {
    "Approval": "policies",
    "DatabaseEndpoint": "database",
    "HealthCheck": "settings",
    "IamLogin": "database",
    "ManualApproval": "pipeline",
    "PatchOrchestrator": "orchestrator",
    "PatchStep": "patch_step",
    "Repair": "policies",
    "SecretLogin": "database",
    "Snapshot": "policies",
    "SnapshotPolicy": "policies",
    "VpcEndpoint": "settings",
    "endpoints_for": "network",
    "patch_stage": "pipeline",
}

prefer_packaged_node(os.environ)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
