"""The application's models: exported by a process of their own, and held against what the patches lead to."""

from __future__ import annotations

from rdspatch.authoring.models.difference import DifferenceKind, ModelDifference
from rdspatch.authoring.models.export import ModelExport, build
from rdspatch.authoring.models.parity import differences, require_parity
from rdspatch.authoring.models.process import ExportedModels, export_models

__all__ = [
    "DifferenceKind",
    "ExportedModels",
    "ModelDifference",
    "ModelExport",
    "build",
    "differences",
    "export_models",
    "require_parity",
]
