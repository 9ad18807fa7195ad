"""The Dockerfile: every step is known and has what it needs; and the replay of `scripts/container` works.

The replay itself takes minutes and the network, so here it gets a small Dockerfile and a tree with a shell.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kit import container
from kit.container import Builder, Running, make_devices, obstacle, remove
from kit.dockerfile import DockerfileError, parse, seconds

ROOT = Path(__file__).resolve().parents[2]
WHY_NOT = obstacle()

SMALL = """
# A comment.
FROM small AS build
WORKDIR /src
COPY one.txt sub/two.txt ./
COPY sub sub
ENV WHERE=/out PATH=$PATH:/extra
RUN mkdir "$WHERE" && cat one.txt two.txt \\
    sub/two.txt > "$WHERE/all" && [ "$OFFERED" = yes ] && [ -c /dev/null ] && [ -e /proc/self/status ]

FROM small
COPY --from=build /out /copied
RUN mkdir /home && chown 77:77 /home && [ ! -e /src ]
WORKDIR /home
USER keeper
VOLUME /home
EXPOSE 1/tcp
HEALTHCHECK --start-period=10s CMD ["cat", "ready"]
ENTRYPOINT ["sh", "-c"]
CMD ["trap 'exit 0' TERM; echo it works > ready; while :; do sleep 0.05; done"]
"""


def small_base(image: str, tree: Path) -> None:
    """A tree with a shell and a few commands, copied with the libraries that they need."""
    assert image == "small"
    for name in ("sh", "cat", "mkdir", "chown", "sleep"):
        program = Path(shutil.which(name) or name).resolve()
        (tree / "bin").mkdir(parents=True, exist_ok=True)
        shutil.copy(program, tree / "bin" / name)
        needed = subprocess.run(["ldd", str(program)], capture_output=True, text=True).stdout
        for library in re.findall(r"(/\S+) \(0x", needed):
            copy = tree / library.lstrip("/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, copy)
    (tree / "etc").mkdir()
    (tree / "etc" / "passwd").write_text("root:x:0:0::/:/bin/sh\nkeeper:x:77:77::/home:/bin/sh\n")


@pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
def test_steps_are_replayed_in_a_tree_of_its_own(tmp_path: Path) -> None:
    context, work = tmp_path / "context", tmp_path / "work"
    (context / "sub").mkdir(parents=True)
    work.mkdir()
    (context / "one.txt").write_text("one\n")
    (context / "sub" / "two.txt").write_text("two\n")
    try:
        image = Builder(small_base, context, work, {"OFFERED": "yes"}).build(parse(SMALL))
        assert (image.tree / "copied" / "all").read_text() == "one\ntwo\ntwo\n"
        assert (image.ports, image.volumes) == (["1/tcp"], ["/home"])
        running = Running(image)
        try:
            assert running.wait_healthy() == "it works\n"
            assert running.owner() == 77
            assert running.execute(["mkdir", "/copied/x"]).returncode != 0
            assert running.execute(["sh", "-c", "echo $OFFERED$WHERE"]).stdout == "\n"
            assert running.stop() == 0
        finally:
            running.kill()
    finally:
        remove(work)
    assert not work.exists()


@pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
def test_a_step_that_fails_ends_the_build(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        Builder(small_base, tmp_path, tmp_path / "work").build(parse("FROM small\nRUN cat /nothing\n"))


@pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
def test_devices_are_made_not_mounted(tmp_path: Path) -> None:
    make_devices(tmp_path)
    assert (tmp_path / "dev" / "null").is_char_device()
    assert not any(path.is_mount() for path in (tmp_path / "dev").iterdir())


def test_the_real_one_is_understood_and_its_sources_are_there() -> None:
    stages = parse((ROOT / "Dockerfile").read_text())
    builder = Builder(small_base, ROOT, ROOT)
    names = {stage.name for stage in stages}
    for stage in stages:
        assert stage.base in container.SUITES
        for step in stage.instructions:
            if step.word == "COPY" and "from" in step.flags:
                assert step.flags["from"] in names
            elif step.word == "COPY":
                *sources, _ = step.words()
                for source in sources:
                    assert (ROOT / source).exists(), source
                    assert not builder.ignored(source), source
    last = {step.word: step for step in stages[-1].instructions}
    assert last["USER"].arguments not in ("root", "0")
    assert last["ENTRYPOINT"].exec_form() == ["galene-py"]
    assert last["HEALTHCHECK"].arguments.startswith("CMD [")
    assert [step.arguments for step in stages[-1].instructions if step.word == "EXPOSE"] == [
        "8443/tcp 8443/udp"
    ]
    assert "EXPOSE" in last


@pytest.mark.parametrize(
    "text", ["RUN true\n", "FROM a\nONBUILD RUN true\n", "FROM a\nCOPY --link=x a b\n", "FROM a b\n"]
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(DockerfileError):
        parse(text)


def test_durations() -> None:
    assert (seconds("30s"), seconds("1m30s"), seconds("500ms")) == (30, 90, 0.5)
