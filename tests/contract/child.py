"""`python -m tests.contract.child MODULE ARGS...`: as `python -m MODULE ARGS...`, with the hook.

For tests that run HeyGen's stand-in in a process of its own. What disagreed with the contract is
told on the standard error, and the exit code is 3.
"""

from __future__ import annotations

import runpy
import sys

from tests.contract.hook import Listener

BROKEN = 3


def main() -> int:
    listener = Listener()
    sys.addaudithook(listener)
    sys.argv = sys.argv[1:]
    code: object = 0
    try:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code
    wrong, refused = listener.verdict()
    for one in (*wrong, *refused):
        print(f"HeyGen's contract: {one}", file=sys.stderr)  # noqa: T201
    if listener.heard == 0:
        print("HeyGen's contract: nobody spoke to the stand-in", file=sys.stderr)  # noqa: T201
    return BROKEN if wrong or refused or not listener.heard else int(code or 0)  # type: ignore[call-overload]


if __name__ == "__main__":
    sys.exit(main())
