"""install-mediapipe: whatever happens, the old or the new installation is there, whole."""

from __future__ import annotations

import base64
import errno
import fcntl
import hashlib
import http.server
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from galene_py.cli.install_mediapipe import install_mediapipe
from galene_py.mediapipe import fetch, install, pins, store
from galene_py.mediapipe.pins import InstallError, PinnedFile, PinnedPackage, Pins


def silent(what: str, done: int, expected: int) -> None:
    """No progress bar."""


def pinned(member: str, path: str, body: bytes) -> PinnedFile:
    return PinnedFile(member=member, path=path, bytes=len(body), sha256=hashlib.sha256(body).hexdigest())


class Packages:
    """Two small packages with their archives and pins."""

    def __init__(self, directory: Path, version: str = "1.0.0", size: int = 1000) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        dice = random.Random(version)
        library, model = dice.randbytes(size), dice.randbytes(size)
        self.library = directory / f"library-{version}.tgz"
        with tarfile.open(self.library, "w:gz") as tar:
            manifest = json.dumps({"name": pins.LIBRARY, "version": version}).encode()
            members = [
                ("package/package.json", manifest),
                ("package/bundle.mjs", library),
                ("../../evil", b"evil"),
            ]
            for name, body in members:
                info = tarfile.TarInfo(name)
                info.size = len(body)
                tar.addfile(info, io.BytesIO(body))
        self.models = directory / f"models-{version}-cp311-cp311-any.whl"
        with zipfile.ZipFile(self.models, "w") as wheel:
            wheel.writestr("models/a.tflite", model)
            wheel.writestr("/etc/evil", b"evil")
        self.files = [self.library, self.models]
        self.pins = Pins(
            (
                self._package(
                    "npm", self.library, version, pinned("package/bundle.mjs", "bundle.mjs", library)
                ),
                self._package(
                    "pip", self.models, version, pinned("models/a.tflite", "models/a.tflite", model)
                ),
            )
        )

    def _package(self, client: str, archive: Path, version: str, file: PinnedFile) -> PinnedPackage:
        return PinnedPackage(
            name=pins.LIBRARY if client == "npm" else "models",
            version=version,
            licence="test",
            client="npm" if client == "npm" else "pip",
            archive=archive.name,
            bytes=archive.stat().st_size,
            sha512=pins.digest(archive),
            files=(file,),
        )


@pytest.fixture
def packages(tmp_path: Path) -> Packages:
    return Packages(tmp_path / "packages")


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    return tmp_path / "data" / "vendor"


def names(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def test_installs_exactly_the_pinned_members(packages: Packages, vendor: Path) -> None:
    assert install.install(vendor, packages.pins, packages.files, silent)
    assert names(vendor) == {"mediapipe/bundle.mjs", "mediapipe/models/a.tflite", "mediapipe/installed.json"}
    assert store.problems(vendor, packages.pins) == []
    record = json.loads((vendor / "mediapipe" / "installed.json").read_bytes())
    assert record["version"] == "1.0.0"
    assert oct((vendor / "mediapipe").stat().st_mode)[-3:] == "755"


def test_repeated_install_does_nothing(packages: Packages, vendor: Path) -> None:
    assert install.install(vendor, packages.pins, packages.files, silent)
    before = (vendor / "mediapipe").stat().st_ino
    assert not install.install(vendor, packages.pins, [], silent)
    assert (vendor / "mediapipe").stat().st_ino == before


def test_damaged_installation_is_noticed_and_replaced(packages: Packages, vendor: Path) -> None:
    install.install(vendor, packages.pins, packages.files, silent)
    (vendor / "mediapipe" / "bundle.mjs").write_bytes(b"changed")
    (vendor / "mediapipe" / "models" / "a.tflite").unlink()
    assert len(store.problems(vendor, packages.pins)) == 2
    assert install.install(vendor, packages.pins, packages.files, silent)
    assert store.problems(vendor, packages.pins) == []


def test_new_version_replaces_the_old_one(packages: Packages, vendor: Path, tmp_path: Path) -> None:
    install.install(vendor, packages.pins, packages.files, silent)
    newer = Packages(tmp_path / "newer", "2.0.0")
    assert install.install(vendor, newer.pins, newer.files, silent)
    assert store.problems(vendor, newer.pins) == []
    assert os.listdir(vendor) == ["mediapipe"]


@pytest.mark.parametrize("which", [0, 1])
def test_wrong_digest_changes_nothing(packages: Packages, vendor: Path, which: int) -> None:
    install.install(vendor, packages.pins, packages.files, silent)
    (vendor / "mediapipe" / "bundle.mjs").write_bytes(b"old")
    before = names(vendor)
    body = bytearray(packages.files[which].read_bytes())
    body[len(body) // 2] ^= 1
    packages.files[which].write_bytes(body)
    with pytest.raises(InstallError, match="not what was reviewed"):
        install.install(vendor, packages.pins, packages.files, silent)
    assert names(vendor) == before
    assert (vendor / "mediapipe" / "bundle.mjs").read_bytes() == b"old"


def test_missing_file_is_named_with_the_command_that_fetches_it(packages: Packages, vendor: Path) -> None:
    with pytest.raises(InstallError, match=r"models-1\.0\.0.*pip download"):
        install.install(vendor, packages.pins, packages.files[:1], silent)
    assert os.listdir(vendor) == []


def test_files_are_known_by_their_contents(packages: Packages, vendor: Path, tmp_path: Path) -> None:
    renamed = [path.rename(tmp_path / f"download-{index}") for index, path in enumerate(packages.files)]
    assert install.install(vendor, packages.pins, renamed[::-1], silent)


def test_removed_while_somebody_reads(packages: Packages, vendor: Path) -> None:
    install.install(vendor, packages.pins, packages.files, silent)
    with (vendor / "mediapipe" / "bundle.mjs").open("rb") as reader:
        assert install.remove(vendor)
        assert len(reader.read()) == 1000
    assert os.listdir(vendor) == []
    assert not install.remove(vendor)


def test_only_one_installer_at_a_time(packages: Packages, vendor: Path) -> None:
    vendor.mkdir(parents=True)
    handle = os.open(vendor, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(InstallError, match="another"):
        install.install(vendor, packages.pins, packages.files, silent)
    os.close(handle)
    assert install.install(vendor, packages.pins, packages.files, silent)


def test_replacement_cut_in_half_is_undone(packages: Packages, vendor: Path) -> None:
    """Where directories cannot be exchanged in one step, the next run finds the old one."""
    install.install(vendor, packages.pins, packages.files, silent)
    os.rename(vendor / "mediapipe", vendor / ".mediapipe-replaced")
    assert not install.install(vendor, packages.pins, [], silent)
    assert os.listdir(vendor) == ["mediapipe"]


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_install import Packages, install, silent
directory = Path(sys.argv[2])
old, new = Packages(directory / "old", "1.0.0", 300000), Packages(directory / "new", "2.0.0", 300000)
print("ready", flush=True)
while True:
    for packages in (new, old):
        install.install(directory / "vendor", packages.pins, packages.files, silent)
"""


def test_killed_at_any_moment_leaves_old_or_new(tmp_path: Path) -> None:
    old, new = Packages(tmp_path / "old", "1.0.0", 300000), Packages(tmp_path / "new", "2.0.0", 300000)
    vendor = tmp_path / "vendor"
    install.install(vendor, old.pins, old.files, silent)
    dice = random.Random(4)
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(tmp_path)],
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(dice.random() * 0.08)  # the moment of the kill, not a wait for anything
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert [] in (store.problems(vendor, old.pins), store.problems(vendor, new.pins))
    new = Packages(tmp_path / "new", "2.0.0", 300000)  # the processes wrote the archives again
    assert install.install(vendor, new.pins, new.files, silent) or store.problems(vendor, new.pins) == []
    assert os.listdir(vendor) == ["mediapipe"]


def test_no_network_is_one_line_and_changes_nothing(
    tmp_path: Path, vendor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real clients, told to use a port of this machine where nobody listens."""
    nowhere = "http://127.0.0.1:1/"
    monkeypatch.setenv("npm_config_registry", nowhere)
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("PIP_INDEX_URL", nowhere)
    monkeypatch.setenv("PIP_NO_INDEX", "")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    real = pins.load()
    for package in real.packages:
        with pytest.raises(InstallError, match="registry does not answer") as caught:
            install.install(vendor, Pins((package,)), [], silent)
        assert "\n" not in str(caught.value)
        assert "--from" in str(caught.value)
    assert os.listdir(vendor) == []


class Registry(http.server.BaseHTTPRequestHandler):
    """What npm asks of a registry: a document about the package, and its archive."""

    archive = b""

    def do_GET(self) -> None:
        port = self.server.server_address[1]
        dist = {
            "tarball": f"http://127.0.0.1:{port}/library.tgz",
            "integrity": f"sha512-{base64.b64encode(hashlib.sha512(self.archive).digest()).decode()}",
        }
        version = {"name": pins.LIBRARY, "version": "1.0.0", "dist": dist}
        document = {"name": pins.LIBRARY, "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
        body = self.archive if self.path.endswith(".tgz") else json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


def test_packages_are_fetched_from_wherever_the_command_is_given(
    packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data directory is relative by default, and the real npm runs elsewhere."""
    library = packages.pins.packages[0]
    served = type("Served", (Registry,), {"archive": packages.library.read_bytes()})
    monkeypatch.chdir(tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), served) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{server.server_address[1]}/")
        assert install.install(Path("data/vendor"), Pins((library,)), [], silent)
        server.shutdown()
    assert names(tmp_path / "data" / "vendor") == {"mediapipe/bundle.mjs", "mediapipe/installed.json"}


@pytest.mark.parametrize(
    ("output", "telling"),
    [
        ("npm error code ENOSPC\nnpm error nospc", "disk is full"),
        ("npm error code ENOTFOUND\nnpm error network", "network"),
        ("ERROR: No matching distribution found for mediapipe", "network"),
        ("first\nnpm error code E401\nlast", "npm error code E401"),
        ("", "no message"),
    ],
)
def test_clients_errors_in_one_line(output: str, telling: str) -> None:
    text = fetch.in_words(output, "a package", "npm")
    assert telling in text
    assert "\n" not in text


def test_a_disk_that_is_too_small_is_told_before_anything_is_fetched(
    packages: Packages, vendor: Path
) -> None:
    vendor.mkdir(parents=True)
    free = shutil.disk_usage(vendor).free
    large = Pins(tuple(msgspec.structs.replace(package, bytes=free) for package in packages.pins.packages))
    with pytest.raises(InstallError, match=r"no room .* MB are needed .* make room"):
        install.install(vendor, large, [], silent)
    assert names(vendor) == set()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EIO])
def test_systems_errors_in_one_line(code: int, vendor: Path) -> None:
    text = install.in_words(OSError(code, os.strerror(code)), vendor)
    assert "\n" not in text
    assert str(vendor) in text


def test_the_real_pins_are_the_reviewed_ones() -> None:
    """Another version, in particular 1.0 and later (which report to their maker), needs a new review."""
    library, models = pins.load().packages
    assert (library.version, models.version) == ("0.10.35", "0.10.21")
    assert library.sha512.startswith("1cebda77055113a242fb8e67c988669f")
    digests = {file.path: file.sha256 for file in models.files}
    assert digests["models/selfie_segmentation.tflite"].startswith("9ee168ec7c8f2a16c56fe8e1cfbc5149")
    assert digests["models/selfie_segmentation_landscape.tflite"].startswith(
        "a77d03f4659b9f6b6c1f5106947bf40e"
    )
    assert "LICENSE" in digests


def test_damaged_manifest_is_one_line(tmp_path: Path) -> None:
    for body in (b"", b"{", b'{"packages": []}', b'{"packages": [{"command": "install-mediapipe"}]}'):
        manifest = tmp_path / "manifest.json"
        manifest.write_bytes(body)
        with pytest.raises(InstallError, match="install galene-py again"):
            pins.load(manifest)


def test_command_line() -> None:
    run = CliRunner().invoke
    assert "npm pack @mediapipe/tasks-vision@0.10.35" in run(install_mediapipe, ["--help"]).output
    both = run(install_mediapipe, ["--check", "--remove"])
    assert both.exit_code == 2
