from __future__ import annotations

import pytest

from rdspatch.core.directory import FileKind, PatchDirectory, PatchFile, is_relevant, parse_directory
from rdspatch.core.errors import BadPatches, Problem
from rdspatch.core.patch import MAX_FILE_BYTES

BASELINE = PatchFile(name="baseline.sql", kind=FileKind.REGULAR, size=1, data=b"-- Empty.\n")
TEXT = "-- patch: A test.\nSELECT 'é';\n"


def file_of(data: bytes | str = TEXT, name: str = "0001_a.sql") -> PatchFile:
    encoded = data.encode() if isinstance(data, str) else data
    return PatchFile(name=name, kind=FileKind.REGULAR, size=len(encoded), data=encoded)


def read(*files: PatchFile) -> PatchDirectory:
    return parse_directory((BASELINE, *files))


def problems(*files: PatchFile) -> tuple[Problem, ...]:
    with pytest.raises(BadPatches) as caught:
        parse_directory(files)
    return caught.value.problems


def problem(*files: PatchFile) -> str:
    (found,) = problems(BASELINE, *files)
    return str(found)


def test_patches_come_in_the_order_of_their_numbers() -> None:
    names = ["0010_b.sql", "00000000000002_c.sql", "0001_z.sql", "20240101120000_a.sql"]
    directory = read(*(file_of(name=name) for name in names))
    assert [patch.id.file_name for patch in directory.patches] == [names[2], names[1], names[0], names[3]]
    assert directory.baseline == "-- Empty.\n"


def test_a_patch_has_its_text_and_directives() -> None:
    (patch,) = read(file_of()).patches
    assert (patch.name, patch.sql, patch.directives.patch) == ("0001_a", TEXT, "A test.")


@pytest.mark.experiment("F37")
@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_line_ends_do_not_change_the_checksum(line_end: str) -> None:
    (unix,) = read(file_of()).patches
    (other,) = read(file_of(TEXT.replace("\n", line_end))).patches
    assert other == unix


def test_another_text_has_another_checksum() -> None:
    (one,) = read(file_of()).patches
    (other,) = read(file_of(f"{TEXT} ")).patches
    assert other.checksum != one.checksum


@pytest.mark.experiment("F37")
@pytest.mark.parametrize("text", ["", "\n \t\n"], ids=["empty", "blank"])
def test_an_empty_patch_is_refused(text: str) -> None:
    assert problem(file_of(text)).startswith("0001_a.sql:1: the file is empty")


@pytest.mark.parametrize(
    "statement",
    ["SELECT 1", "SELECT '/*'", "SELECT '--'", "/* */ SELECT 1 /* */", "$$", "-- */\nSELECT 1"],
)
def test_a_patch_with_a_statement_is_taken(statement: str) -> None:
    assert len(read(file_of(f"-- patch: A.\n{statement}")).patches) == 1


@pytest.mark.experiment("F37")
@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"\xef\xbb\xbf" + TEXT.encode(), ":1: starts with a byte order mark"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), ":1: starts with a byte order mark"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), ":1: starts with a byte order mark"),
        (TEXT.encode("utf-16-le"), ":1: holds a NUL byte"),
        (TEXT.encode() + b"SELECT '\x00'", ":3: holds a NUL byte"),
        (TEXT.encode("latin-1"), ":2: byte 0xe9 is not UTF-8"),
        (TEXT.encode() + b"\n-- \xed\xa0\x80", ":4: byte 0xed is not UTF-8"),
        (TEXT.encode() + b"\xc0\xaf", ":3: byte 0xc0 is not UTF-8"),
    ],
    ids=["BOM UTF-8", "BOM little", "BOM big", "UTF-16", "NUL", "latin-1", "lone surrogate", "overlong"],
)
def test_text_that_is_not_plain_utf_8_is_refused_at_its_line(data: bytes, complaint: str) -> None:
    assert complaint in problem(file_of(data))


@pytest.mark.experiment("F44")
@pytest.mark.parametrize("name", ["0001_a.sql", "baseline.sql"])
@pytest.mark.parametrize("kind", [FileKind.SYMLINK, FileKind.OTHER])
def test_only_regular_files_are_read(name: str, kind: FileKind) -> None:
    files = (PatchFile(name=name, kind=kind, size=0), *([BASELINE] if name != "baseline.sql" else []))
    (found,) = problems(*files)
    assert str(found).startswith(f"{name}: is {kind.value}")


def test_a_file_that_is_too_large_is_refused() -> None:
    large = PatchFile(name="0001_a.sql", kind=FileKind.REGULAR, size=MAX_FILE_BYTES + 1)
    assert f"{MAX_FILE_BYTES + 1} bytes" in problem(large)


BAD_NAMES = (
    "001_a.sql",
    "000000000000001_a.sql",
    "0001_A.sql",
    "0001_a.SQL",
    "0001-a.sql",
    "0001_.sql",
    "0001_a-b.sql",
    "0001_a b.sql",
    "0001_a.up.sql",
    "0001_a",
    "0001.sql",
    "0001",
    "00010001",
    "0001_..sql",
    "0001_../../etc.sql",
    "..sql",
    ".sql",
    "a.sql",
    "0001_é.sql",
    "\u0660\u0660\u0660\u0661_a.sql",
    "0001_a\u202elqs.sql",
    "0001_a\u200b.sql",
    "0001_a.sql\n",
    "0001_" + "a" * 81 + ".sql",
    "BASELINE.SQL",
)


@pytest.mark.experiment("F44")
@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_a_file_that_is_nearly_named_like_a_patch_is_refused_and_not_ignored(name: str) -> None:
    assert is_relevant(name) or name == "0001_a.sql\n"
    assert "not the name of a patch" in problem(file_of(name=name))


@pytest.mark.parametrize("name", ["README.md", "patches.lock.json", ".gitkeep", "notes.txt", "0001_a.sql~"])
def test_other_files_are_not_ours(name: str) -> None:
    assert is_relevant(name) == name.startswith("0001")


@pytest.mark.experiment("F44")
def test_a_number_is_used_once() -> None:
    found = problem(file_of(name="0001_a.sql"), file_of(name="00001_b.sql"))
    assert found.startswith("0001_a.sql: number 1 is also used by 00001_b.sql")


def test_the_baseline_must_be_there() -> None:
    (found,) = problems(file_of())
    assert str(found).startswith("baseline.sql: the file is missing")


def test_the_baseline_needs_no_header() -> None:
    baseline = file_of("CREATE TABLE t ();\r\n", "baseline.sql")
    assert parse_directory([baseline]).baseline == "CREATE TABLE t ();\n"


def test_every_problem_of_every_file_is_reported_together() -> None:
    found = problems(
        file_of("", "0001_empty.sql"),
        file_of("-- lock-timeout=1s\nSELECT 1", "0002_header.sql"),
        file_of(b"\xff", "0003_bytes.sql"),
        file_of(name="0004_one.sql"),
        file_of(name="0004_two.sql"),
        file_of(name="Five.sql"),
        PatchFile(name="0006_link.sql", kind=FileKind.SYMLINK, size=0),
    )
    assert sorted(problem.where for problem in found) == [
        "0001_empty.sql:1",
        "0002_header.sql:1",
        "0002_header.sql:1",
        "0003_bytes.sql:1",
        "0004_two.sql",
        "0006_link.sql",
        "Five.sql",
        "baseline.sql",
    ]
