"""Patches for the tests, from their SQL alone."""

from __future__ import annotations

from rdspatch.core.header import parse_header
from rdspatch.core.patch import Patch, PatchId, checksum

HEADER = "-- patch: A test.\n"
NO_TRANSACTION = HEADER + "-- transaction: none\n"


def patch_of(text: str, file_name: str = "0001_test.sql") -> Patch:
    """A patch whose header must be in order."""
    patch_id = PatchId.from_file_name(file_name)
    assert patch_id is not None
    directives, problems = parse_header(file_name, text)
    assert problems == ()
    return Patch(id=patch_id, sql=text, directives=directives, checksum=checksum(text))
