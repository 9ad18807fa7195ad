"""Takes the pinned members out of a verified archive.

Reads members by name and writes to paths of our own choosing: nothing in an archive decides where a file
goes. Never extracts anything else.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from galene_py.mediapipe.pins import InstallError, PinnedPackage, digest

_BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError)


def verify(archive: Path, package: PinnedPackage) -> None:
    """Raises InstallError unless the archive is exactly the pinned one."""
    found = digest(archive)
    if found != package.sha512:
        raise InstallError(
            f"{archive.name} is not the {package.name} {package.version} that was reviewed "
            f"(SHA-512 {found[:16]}…, expected {package.sha512[:16]}…); nothing was changed. "
            "Try again, or fetch it on another network and use --from"
        )


def unpack(archive: Path, package: PinnedPackage, target: Path) -> None:
    """Write the pinned members below `target`; raises InstallError, or OSError when the disk is full."""
    try:
        if package.client == "npm":
            with tarfile.open(archive) as tar:
                _write(package, target, lambda name, size: _tar_member(tar, name, size))
        else:
            with zipfile.ZipFile(archive) as wheel:
                _write(package, target, lambda name, size: _zip_member(wheel, name, size))
    except _BROKEN as error:
        raise InstallError(f"{archive.name} cannot be read ({error}); fetch it again") from error


def _tar_member(tar: tarfile.TarFile, name: str, size: int) -> bytes:
    file = tar.extractfile(name)
    return b"" if file is None else file.read(size + 1)


def _zip_member(wheel: zipfile.ZipFile, name: str, size: int) -> bytes:
    with wheel.open(name) as file:
        return file.read(size + 1)


def _write(package: PinnedPackage, target: Path, read: Callable[[str, int], bytes]) -> None:
    for pinned in package.files:
        body = read(pinned.member, pinned.bytes)
        if hashlib.sha256(body).hexdigest() != pinned.sha256:
            raise InstallError(f"{pinned.member} in {package.archive} has an unexpected digest")
        path = target.joinpath(*pinned.path.split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
