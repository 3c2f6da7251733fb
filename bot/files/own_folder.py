"""A folder of one process alone, for files on their way; what a killed one left is removed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "video-bot-replica-"


class OwnFolder:
    """Locked while its process lives (flock on the folder itself), empty at first, mode 0700."""

    def __init__(self, parent: Path) -> None:
        """Made in `parent`; folders there whose names begin with PREFIX are replicas'."""
        for left in parent.glob(f"{PREFIX}*"):
            _remove_if_left(left)
        # Locked under another name first: nobody may find it there without a lock.
        made = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=parent))
        self._is_closed = False
        self._descriptor = os.open(made, os.O_RDONLY)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        self.path = made.rename(parent / made.name.removeprefix("."))

    def close(self) -> None:
        """Remove it, with all that is in it. Twice is harmless."""
        if not self._is_closed:
            self._is_closed = True
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._descriptor)


def _remove_if_left(folder: Path) -> None:
    """Somebody else's, one that is in use, or one that is just being removed is let alone."""
    with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        stack.callback(os.close, descriptor)
        if os.fstat(descriptor).st_uid == os.getuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
