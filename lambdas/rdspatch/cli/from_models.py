"""`rdspatch new --from-models`: patches for what the models have and the patches do not lead to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rdspatch.adapters.patch_files import read_lock_file, read_patch_files, write_new_files
from rdspatch.cli.configuration import configuration_for
from rdspatch.cli.models import exported_models
from rdspatch.cli.scratch import scratch_server
from rdspatch.core.errors import BadSettings, Problem

if TYPE_CHECKING:
    from rdspatch.authoring.closing import Proposal, Wording


def write_from_models(patches: Path | None, wording: Wording, *, scratch: str | None, major: int | None) -> Proposal:
    """Write every patch that only adds: all of them, proven, or none.

    Args:
        patches: The patch directory, where not the configured one.
        wording: How the patches are called.
        scratch: The URL of the server to prove on; None for one that is started for it.
        major: Its version, where not the configured one.

    Raises:
        BadSettings: No models are configured, or the server cannot be used.
        BadModels, BadPatches, ProofFailed: Models or patches cannot be used as they are.
        OSError: A file cannot be written; none of them is.
    """
    from rdspatch.authoring.closing import propose  # noqa: PLC0415 - needs the extra

    configuration = configuration_for(patches)
    exported = exported_models(configuration)
    if exported is None:
        instead = 'write models = "package.module:Base" into [tool.rdspatch] of pyproject.toml'
        raise BadSettings([Problem(where="--from-models", what="no models are configured", instead=instead)])
    directory = configuration.patches
    files, lock_file = read_patch_files(directory), read_lock_file(directory)
    with scratch_server(scratch, major or configuration.lowest_server) as server:
        proposal = propose(exported, files, lock_file, server, scope=configuration.scope, wording=wording)
    write_new_files(directory, proposal.files)
    return proposal
