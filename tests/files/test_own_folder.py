"""The folder of one process: nobody else's is touched, a killed one's is removed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bot.files.own_folder import OwnFolder

ANOTHER = """
import sys
from pathlib import Path
from bot.files.own_folder import OwnFolder
folder = OwnFolder(Path(sys.argv[1]))
(folder.path / "half.mp4").write_bytes(b"...")
print(folder.path, flush=True)
sys.stdin.read()
"""


def test_folder_is_empty_private_and_gone_at_the_end(tmp_path: Path) -> None:
    folder = OwnFolder(tmp_path)
    assert list(folder.path.iterdir()) == []
    assert folder.path.stat().st_mode & 0o777 == 0o700
    (folder.path / "a.mp4").write_bytes(b"...")

    folder.close()

    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_has_is_not(
    tmp_path: Path,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ANOTHER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as another:
        assert another.stdout is not None
        theirs = Path(another.stdout.readline().strip())
        ours = OwnFolder(tmp_path)
        assert (theirs / "half.mp4").exists()
        ours.close()
        another.kill()
        another.wait()

        assert theirs.exists()
        ours = OwnFolder(tmp_path)

    assert list(tmp_path.iterdir()) == [ours.path]
    ours.close()


def test_files_and_links_of_such_a_name_are_let_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    parent = tmp_path / "parent"
    parent.mkdir()
    (parent / "video-bot-replica-link").symlink_to(elsewhere)
    (parent / "video-bot-replica-file").touch()

    OwnFolder(parent).close()

    assert (elsewhere / "kept").exists()
    kept = {path.name for path in parent.iterdir()}
    assert kept == {"video-bot-replica-link", "video-bot-replica-file"}
