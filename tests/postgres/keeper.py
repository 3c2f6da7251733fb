"""Ends a server when whoever started it is gone, however that one went; run as a process.

    python keeper.py FOLDER UID GID PG_CTL...

Its standard input is a pipe that only the owner holds open: when the owner closes it, exits or is
killed, the pipe ends. Then PG_CTL... (which stops the server) runs as user UID and group GID,
-1 for our own, and FOLDER is removed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

WITHIN_S = 10.0  # an initdb or a start that the owner was killed in may still be writing


def main(folder: Path, uid: int, gid: int, stop: list[str]) -> None:
    sys.stdin.buffer.read()
    user = {} if uid < 0 else {"user": uid, "group": gid, "extra_groups": ()}
    until = time.monotonic() + WITHIN_S
    while folder.exists() and time.monotonic() < until:
        with suppress(OSError):  # PG_CTL may lie in FOLDER
            subprocess.run(stop, cwd="/", **user)  # type: ignore[call-overload]
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.01)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
