"""The application's models, where the project has configured them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.cli.configuration import Configuration

if TYPE_CHECKING:
    from rdspatch.authoring.models import ExportedModels


def exported_models(configuration: Configuration) -> ExportedModels | None:
    """What the models' own process says of them; None where no models are configured.

    Raises:
        BadModels: They cannot be imported or described, or have no tables.
    """
    if configuration.models is None:
        return None
    from rdspatch.authoring.models import export_models  # noqa: PLC0415 - needs the extra

    return export_models(configuration.models, configuration.models_path, environment=configuration.models_environment)
