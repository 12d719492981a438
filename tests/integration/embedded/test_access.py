"""Closed folders are opened for one user id, and for nobody else."""

import os
from pathlib import Path

import pytest

from dipmaster.embedded import access

STRANGER, OTHER = 54321, 54322
SEARCH = 1
USER, MASK, LABELS = 0x02, 0x10, "system.posix_acl_access"


def entries(folder: Path) -> set[tuple[int, int, int]]:
    raw = os.getxattr(folder, LABELS)
    return {
        (
            int.from_bytes(raw[at : at + 2], "little"),
            int.from_bytes(raw[at + 2 : at + 4], "little"),
            int.from_bytes(raw[at + 4 : at + 8], "little"),
        )
        for at in range(4, len(raw), 8)
    }


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    return folder


def test_the_named_user_may_pass_and_others_still_may_not(closed: Path) -> None:
    assert closed in access.let_pass(closed / "file", uid=STRANGER)
    assert (USER, SEARCH, STRANGER) in entries(closed)
    assert closed.stat().st_mode & 0o007 == 0


def test_asking_again_changes_nothing(closed: Path) -> None:
    access.let_pass(closed / "file", uid=STRANGER)
    before = entries(closed)
    assert access.let_pass(closed / "file", uid=STRANGER) == ()
    assert entries(closed) == before


def test_a_second_user_does_not_take_the_first_ones_place(closed: Path) -> None:
    access.let_pass(closed / "file", uid=STRANGER)
    access.let_pass(closed / "file", uid=OTHER)
    assert {(USER, SEARCH, STRANGER), (USER, SEARCH, OTHER)} <= entries(closed)


def test_open_folders_and_the_users_own_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    own = tmp_path / "own"
    own.mkdir(mode=0o700)
    assert folder not in access.let_pass(folder / "file", uid=STRANGER)
    assert own not in access.let_pass(own / "file", uid=os.geteuid())


def test_public_files_become_readable_and_programs_runnable(tmp_path: Path) -> None:
    program, text = tmp_path / "bin" / "program", tmp_path / "share" / "text"
    for path, mode in ((program, 0o700), (text, 0o600)):
        path.parent.mkdir(mode=0o700)
        path.write_text("")
        path.chmod(mode)
    access.open_to_all(tmp_path)
    assert [path.stat().st_mode & 0o777 for path in (program.parent, program, text)] == [0o755, 0o755, 0o644]
