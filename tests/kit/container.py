"""Replays a Dockerfile without a container engine: its steps in a directory tree that is its own root.

Every step runs in name spaces of its own: a private /proc, which vanishes with them, and for the finished
image a private network. Nothing of this machine is mounted into the tree: device nodes are made, files are
copied. Needs root and util-linux. `scripts/container` replays the real one on a fresh distribution.
"""

from __future__ import annotations

import fnmatch
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kit.dockerfile import DockerfileError, Instruction, Stage, parse, seconds

ROOT = Path(__file__).resolve().parents[2]
SUITES = {"python:3.13-slim": "trixie"}
"""The Debian release that has the Python of an image."""
DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENTER = """
mount -t proc proc "$1/proc"
[ -z "$2" ] || ip link set lo up
shift 2
exec "$@"
"""
INSIDE = 'cd "$0" && exec "$@"'


def obstacle() -> str:
    """Why trees cannot be entered here; '' if they can."""
    if os.geteuid() != 0:
        return "only root can enter a tree of its own"
    missing = [name for name in ("unshare", "nsenter", "chroot", "ip") if not shutil.which(name)]
    if missing:
        return f"not installed: {', '.join(missing)}"
    tried = subprocess.run(["unshare", "--mount", "--pid", "--net", "--fork", "true"], capture_output=True)
    return "" if tried.returncode == 0 else "this machine permits no name spaces"


@dataclass
class Image:
    """A tree and what the instructions said about it."""

    tree: Path
    env: dict[str, str] = field(default_factory=lambda: {"PATH": PATH})
    user: str = "root"
    workdir: str = "/"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    health_flags: Mapping[str, str] = field(default_factory=dict)
    ports: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)

    def inside(self, argv: Sequence[str], *, extra: Mapping[str, str] | None = None) -> list[str]:
        """The command that runs `argv` with the tree as its root, once name spaces are there."""
        uid, gid = self._ids()
        env = [f"{name}={value}" for name, value in {**self.env, **(extra or {})}.items()]
        chroot = shutil.which("chroot") or "chroot"
        root = [chroot, f"--userspec={uid}:{gid}", "--groups=", str(self.tree)]
        return ["env", "-i", *env, *root, "/bin/sh", "-c", INSIDE, self.workdir, *argv]

    def command_line(self, argv: Sequence[str], *, network: bool, **extra: str) -> list[str]:
        """The whole command that makes name spaces and runs `argv` in the tree; `network`: this machine's."""
        spaces = ["--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
        if not network:
            spaces.append("--net")
        setup = ["sh", "-ec", ENTER, "sh", str(self.tree), "" if network else "lo"]
        return ["unshare", *spaces, *setup, *self.inside(argv, extra=extra)]

    def _ids(self) -> tuple[str, str]:
        if self.user == "root":
            return "0", "0"
        for line in (self.tree / "etc" / "passwd").read_text().splitlines():
            name, _, uid, gid, *_ = line.split(":")
            if self.user in (name, uid):
                return uid, gid
        raise DockerfileError(f"USER {self.user}: no such user in the tree")


class Builder:
    """Carries out the stages of a Dockerfile.

    base: makes the tree of an image at a path. context: the directory that COPY takes from. work: an empty
    directory for the trees. offered: variables for RUN alone, such as where packages come from.
    """

    def __init__(
        self,
        base: Callable[[str, Path], None],
        context: Path,
        work: Path,
        offered: Mapping[str, str] | None = None,
    ) -> None:
        self._base, self._context, self._work = base, context, work
        self._offered = dict(offered or {})
        self._stages: dict[str, Image] = {}
        ignore = context / ".dockerignore"
        self._ignored = ignore.read_text().split() if ignore.exists() else []

    def build(self, stages: Sequence[Stage]) -> Image:
        """Return the last stage's image. Raises subprocess.CalledProcessError for a step that fails."""
        image = Image(self._work)
        for number, stage in enumerate(stages):
            image = Image(self._work / f"tree-{number}")
            self._base(stage.base, image.tree)
            make_devices(image.tree)
            self._offer_certificates(image.tree)
            for instruction in stage.instructions:
                self._step(image, instruction)
            self._stages[stage.name] = image
        return image

    def _step(self, image: Image, instruction: Instruction) -> None:
        match instruction.word:
            case "COPY":
                self._copy(image, instruction)
            case "RUN":
                argv = image.command_line(
                    ["/bin/sh", "-c", instruction.arguments], network=True, **self._offered
                )
                subprocess.run(argv, check=True)
            case "ENV":
                for pair in instruction.words():
                    name, _, value = pair.partition("=")
                    for known, current in image.env.items():
                        value = value.replace(f"${known}", current)
                    image.env[name] = value
            case "WORKDIR":
                image.workdir = instruction.arguments
                (image.tree / image.workdir.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "USER":
                image.user = instruction.arguments
            case "VOLUME":
                image.volumes += instruction.words()
            case "EXPOSE":
                image.ports += instruction.words()
            case "ENTRYPOINT":
                image.entrypoint = instruction.exec_form()
            case "CMD":
                image.command = instruction.exec_form()
            case "HEALTHCHECK":
                word, _, rest = instruction.arguments.partition(" ")
                assert word == "CMD", instruction
                image.health = Instruction("CMD", rest.strip(), {}).exec_form()
                image.health_flags = instruction.flags

    def _copy(self, image: Image, instruction: Instruction) -> None:
        *sources, target = instruction.words()
        stage = instruction.flags.get("from")
        origin = self._stages[stage].tree if stage else self._context
        into = image.tree / os.path.normpath(os.path.join(image.workdir, target)).lstrip("/")
        for source in sources:
            found = origin / source.lstrip("/")
            if not stage and self.ignored(source):
                raise DockerfileError(f"COPY {source}: .dockerignore leaves it out")
            if found.is_dir():
                skip = None if stage else self._skip
                shutil.copytree(found, into, symlinks=True, dirs_exist_ok=True, ignore=skip)
            else:
                place = into / found.name if target.endswith("/") else into
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(found, place, follow_symlinks=False)

    def ignored(self, path: str) -> bool:
        """Whether .dockerignore leaves out a path of the context."""
        return any(fnmatch.fnmatch(path, line) or path.startswith(line + "/") for line in self._ignored)

    def _skip(self, directory: str, names: list[str]) -> set[str]:
        here = Path(directory).relative_to(self._context)
        return {name for name in names if self.ignored(str(here / name)) or name == "__pycache__"}

    def _offer_certificates(self, tree: Path) -> None:
        """What RUN needs to reach the network: names, and the certificates of this machine, as copies."""
        if not self._offered:
            return
        files = ["/etc/resolv.conf", "/etc/hosts", *self._offered.values()]
        for name in {name for name in files if name.startswith("/") and Path(name).is_file()}:
            copy = tree / name.lstrip("/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            if copy.is_symlink():
                copy.unlink()
            shutil.copyfile(name, copy)


def make_devices(tree: Path) -> None:
    """Make /dev of a tree: nodes of its own and nothing mounted."""
    dev = tree / "dev"
    dev.mkdir(exist_ok=True)
    (tree / "proc").mkdir(exist_ok=True)
    for name, (major, minor) in DEVICES.items():
        if not (dev / name).exists():
            os.mknod(dev / name, stat.S_IFCHR | 0o666, os.makedev(major, minor))
            (dev / name).chmod(0o666)
    shared = dev / "shm"
    shared.mkdir(exist_ok=True)
    shared.chmod(0o1777)


class Running:
    """The image's server, in a network of its own, like a container that was started."""

    def __init__(self, image: Image) -> None:
        self.image = image
        argv = image.command_line([*image.entrypoint, *image.command], network=False)
        self._process = subprocess.Popen(argv)

    def execute(self, argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run another command beside it, as `docker exec` does."""
        enter = ["nsenter", "--target", str(self._process.pid), "--mount", "--net"]
        return subprocess.run([*enter, *self.image.inside(argv)], capture_output=True, text=True, timeout=60)

    def wait_healthy(self) -> str:
        """Ask as the image says until it is well; return what it answered. Raises AssertionError."""
        end = time.monotonic() + 6 * seconds(self.image.health_flags.get("start-period", "10s"))
        while True:
            asked = self.execute(self.image.health)
            if asked.returncode == 0:
                return asked.stdout
            assert self._process.poll() is None, "the server has ended"
            assert time.monotonic() < end, f"not healthy: {asked.stdout}{asked.stderr}"
            time.sleep(0.2)

    def owner(self) -> int:
        """The user id under which the server runs."""
        return Path(f"/proc/{self._first()}").stat().st_uid

    def stop(self) -> int:
        """End it as an engine does, by SIGTERM to its first process; return the exit status."""
        os.kill(self._first(), signal.SIGTERM)
        try:
            return self._process.wait(20)
        finally:
            self.kill()

    def kill(self) -> None:
        """End it at once if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _first(self) -> int:
        pid = self._process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def remove(work: Path) -> None:
    """Delete trees; refuses while anything is mounted in them."""
    inside = f"{work.resolve()}/"
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    assert not [mount for mount in mounts if mount.startswith(inside)], mounts
    subprocess.run(["rm", "-rf", "--one-file-system", str(work)], check=True)


def debootstrap(image: str, tree: Path) -> None:
    """Make a tree with the Python of an image from the distribution's packages."""
    command = ["debootstrap", "--variant=minbase", "--include=python3-venv,python-is-python3,ca-certificates"]
    spaces = ["unshare", "--mount", "--propagation", "private"]
    subprocess.run([*spaces, *command, SUITES[image], str(tree)], check=True, stdout=subprocess.DEVNULL)


def replay(base: Callable[[str, Path], None], work: Path) -> None:
    """Build the real image and see that its server is well, is not root, and ends when told to."""
    offered = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("PIP_") or "_proxy" in name.lower()
    }
    builder = Builder(base, ROOT, work, {"PIP_NO_INPUT": "1", **offered})
    running = Running(builder.build(parse((ROOT / "Dockerfile").read_text())))
    try:
        print("healthy:", running.wait_healthy())
        assert running.owner() == 990
        told = running.execute(["galene-py", "--version"])
        assert told.returncode == 0, told.stderr
        write = running.execute(["touch", "/opt/galene-py/x"])
        assert write.returncode != 0, "the program can be changed by its own user"
        state = running.execute(["ls", "-lnR", "/var/lib/galene-py"])
        print(state.stdout)
        status = running.stop()
        assert status == 0, f"it ended with {status}"
    finally:
        running.kill()


def main() -> None:
    """Replay the Dockerfile on a fresh distribution, or on a copy of the tree that is named."""
    if why := obstacle() or ("" if shutil.which("debootstrap") else "debootstrap is not installed"):
        sys.exit(f"cannot replay: {why}")
    work = Path(tempfile.mkdtemp(prefix="galene-py-container-", dir="/var/tmp"))
    fresh = work / "base"
    began = time.monotonic()

    def base(image: str, tree: Path) -> None:
        origin = Path(sys.argv[1]) if len(sys.argv) > 1 else fresh
        if not origin.exists():
            debootstrap(image, origin)
        subprocess.run(["cp", "-a", "--reflink=auto", str(origin), str(tree)], check=True)

    try:
        replay(base, work)
    finally:
        remove(work)
    print(f"replayed in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
