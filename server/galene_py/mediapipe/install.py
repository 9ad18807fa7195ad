"""Installs MediaPipe: fetch or take given files, verify, stage, publish; nothing is visible before that.

The one entry point for the command; owns no state.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

from galene_py.mediapipe import store, unpack
from galene_py.mediapipe.fetch import Fetcher, Progress
from galene_py.mediapipe.pins import InstallError, Pins, digest


def install(vendor: Path, pins: Pins, files: Sequence[Path], progress: Progress) -> bool:
    """Bring the installation in `vendor` to what `pins` says; False when it was there already.

    With `files` nothing is fetched. Raises InstallError; the old state is then untouched.
    """
    vendor = vendor.absolute()  # package clients run elsewhere
    try:
        with store.locked(vendor):
            if not store.problems(vendor, pins):
                return False
            with store.staging(vendor) as work:
                archives = _given(files, pins) if files else _fetched(work, pins, progress)
                staged = work / "staged"
                for package, archive in zip(pins.packages, archives, strict=True):
                    unpack.unpack(archive, package, staged)
                store.write_record(staged, pins)
                store.publish(staged, vendor)
    except OSError as error:
        raise InstallError(in_words(error, vendor)) from error
    return True


def remove(vendor: Path) -> bool:
    """Take the installation away; False when there was none. Raises InstallError."""
    if not vendor.is_dir():
        return False
    try:
        with store.locked(vendor):
            return store.remove(vendor)
    except OSError as error:
        raise InstallError(in_words(error, vendor)) from error


def _fetched(work: Path, pins: Pins, progress: Progress) -> list[Path]:
    fetcher = Fetcher(work, progress)
    archives = []
    for package in pins.packages:
        archive = fetcher.fetch(package)
        unpack.verify(archive, package)
        archives.append(archive)
    return archives


def _given(files: Sequence[Path], pins: Pins) -> list[Path]:
    """The files that are the pinned archives, whatever their names, in the packages' order."""
    by_digest = {digest(path): path for path in files}
    wanted = {package.sha512 for package in pins.packages}
    strangers = [path.name for found, path in by_digest.items() if found not in wanted]
    missing = [package for package in pins.packages if package.sha512 not in by_digest]
    if missing:
        unknown = f"{', '.join(strangers)}: not what was reviewed; " if strangers else ""
        needed = " and ".join(f"{package.archive} ({package.by_hand()})" for package in missing)
        raise InstallError(f"{unknown}still needed: {needed}; nothing was changed")
    return [by_digest[package.sha512] for package in pins.packages]


def in_words(error: OSError, vendor: Path) -> str:
    """What the system refused, and what to do about it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk that holds {vendor} is full; make room (120 MB) and try again; nothing was changed"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{error.filename or vendor} cannot be written; run this as the server's user, or use --data"
    return f"{error.filename or vendor}: {error.strerror or error}; nothing was changed"
