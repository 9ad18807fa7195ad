"""What is installed: packages, versions, members and digests, read from the vendoring manifest.

Pure apart from reading that one file. Knows no network and no installation directory.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from galene_py import resources

COMMAND = "install-mediapipe"
LIBRARY = "@mediapipe/tasks-vision"


class InstallError(Exception):
    """Why nothing was installed, in one line that says what to do."""


class PinnedFile(msgspec.Struct, frozen=True):
    """One file that is kept of a package."""

    member: str
    path: str  # below the installation directory, with slashes
    bytes: int
    sha256: str


class PinnedPackage(msgspec.Struct, frozen=True):
    """One published archive, of which some files are kept."""

    name: str
    version: str
    licence: str
    client: Literal["npm", "pip"]
    archive: str  # file name of the published archive
    bytes: int
    sha512: str  # of the archive
    files: tuple[PinnedFile, ...]

    def by_hand(self) -> str:
        """The command that fetches the archive on another machine."""
        if self.client == "npm":
            return f"npm pack {self.name}@{self.version}"
        return f"pip download {' '.join(wheel_options(self))} {self.name}=={self.version}"


@dataclass(frozen=True, slots=True)
class Pins:
    """Everything an installation consists of."""

    packages: tuple[PinnedPackage, ...]

    @property
    def version(self) -> str:
        """The version that people are told: the library's."""
        return next(package.version for package in self.packages if package.name == LIBRARY)

    @property
    def files(self) -> tuple[PinnedFile, ...]:
        return tuple(file for package in self.packages for file in package.files)


def wheel_options(package: PinnedPackage) -> list[str]:
    """pip's options for fetching exactly the pinned wheel, whatever this machine is."""
    _, _, python, _, platform = package.archive.removesuffix(".whl").split("-")
    return [
        "--no-deps",
        "--only-binary=:all:",
        f"--python-version={python.removeprefix('cp')}",
        f"--platform={platform}",
    ]


def load(manifest: Path | None = None) -> Pins:
    """Read the manifest; raises InstallError when it is missing or damaged."""
    path = manifest or resources.vendor_manifest()
    try:
        raw = msgspec.json.decode(path.read_bytes(), type=dict[str, list[dict[str, object]]])
        ours = [entry for entry in raw["packages"] if entry.get("command") == COMMAND]
        pins = Pins(msgspec.convert(ours, tuple[PinnedPackage, ...]))
        _ = pins.version
    except (OSError, KeyError, StopIteration, msgspec.MsgspecError) as error:
        raise InstallError(f"{path} is damaged ({error!r}); install galene-py again") from error
    return pins


def digest(path: Path, algorithm: str = "sha512") -> str:
    """The digest of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
