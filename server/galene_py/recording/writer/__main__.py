"""`python -m galene_py.recording.writer FD` writes one recording; `… --finish DIRECTORY` mends old ones."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from pathlib import Path

import av.logging

from galene_py import log
from galene_py.recording import limits
from galene_py.recording.writer.finish import finish_all
from galene_py.recording.writer.loop import Loop, ignore_signals


def main(arguments: list[str]) -> None:
    """What the arguments say."""
    os.umask(0o077)
    with contextlib.suppress(OSError):  # service managers may forbid it
        os.nice(limits.NICENESS)
    log.configure("info", "--log-json" in arguments)
    av.logging.set_level(av.logging.FATAL)
    if arguments[0] == "--finish":
        finish_all(Path(arguments[1]))
        return
    ignore_signals()
    with socket.socket(fileno=int(arguments[0])) as server:
        Loop(server).run()


main(sys.argv[1:])
