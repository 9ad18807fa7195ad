"""Finds the files that come with the program: the browser client, vendored code, the manifest.

They lie inside the package when it was installed from a wheel, and beside `server/` in a checkout.
Never reads or changes them; owns no state.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def checkout_root() -> Path | None:
    """The checkout this package runs from, or None when it was installed."""
    root = _PACKAGE.parent.parent
    if (root / "pyproject.toml").is_file() and (root / "static").is_dir():
        return root
    return None


def static_dir() -> Path:
    """The directory of the browser client."""
    packaged = _PACKAGE / "static"
    root = checkout_root()
    if not packaged.is_dir() and root is not None:
        return root / "static"
    return packaged


def vendor_manifest() -> Path:
    """The list of third-party browser code, with versions, licences and digests."""
    root = checkout_root()
    if root is not None:
        return root / "vendor" / "manifest.json"
    return _PACKAGE / "vendor" / "manifest.json"


def vendor_dirs(data: Path) -> list[Path]:
    """Where MediaPipe may have been installed, first choice first: checkout, then data directory."""
    places = [data / "vendor"]
    root = checkout_root()
    if root is not None:
        places.insert(0, root / "vendor")
    return places


def vendor_install_dir(data: Path) -> Path:
    """Where `install-mediapipe` puts what it fetches: the first of `vendor_dirs`."""
    return vendor_dirs(data)[0]
