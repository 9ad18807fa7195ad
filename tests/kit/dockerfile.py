"""A Dockerfile as data: stages with their instructions. Reads what ours uses and refuses everything else."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

FLAGS = {"COPY": {"from", "chown"}, "HEALTHCHECK": {"interval", "timeout", "start-period"}}
WORDS = {
    "COPY", "RUN", "ENV", "WORKDIR", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD",
}  # fmt: skip


class DockerfileError(Exception):
    """Something that this reader does not know."""


@dataclass(frozen=True)
class Instruction:
    """One instruction; `flags` are its `--name=value`."""

    word: str
    arguments: str
    flags: Mapping[str, str]

    def words(self) -> list[str]:
        """The arguments of a list, in JSON or in words."""
        if self.arguments.startswith("["):
            return [str(word) for word in json.loads(self.arguments)]
        return shlex.split(self.arguments)

    def exec_form(self) -> list[str]:
        """A command that needs no shell; the only form in which a signal reaches the program."""
        if not self.arguments.startswith("["):
            raise DockerfileError(f"{self.word} without brackets runs a shell: {self.arguments}")
        return self.words()


@dataclass
class Stage:
    """From one FROM to the next."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)


def parse(text: str) -> list[Stage]:
    """Read a Dockerfile. Raises DockerfileError."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    stages: list[Stage] = []
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if not line.strip():
            continue
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            found = re.fullmatch(r"(\S+)(?: AS (\S+))?", rest.strip())
            if not found:
                raise DockerfileError(line)
            stages.append(Stage(found[1], found[2] or str(len(stages))))
        elif not stages or word not in WORDS:
            raise DockerfileError(line)
        else:
            stages[-1].instructions.append(_instruction(word, rest.strip()))
    return stages


def _instruction(word: str, rest: str) -> Instruction:
    flags: dict[str, str] = {}
    while found := re.match(r"--([a-z-]+)=(\S+)\s+", rest):
        if found[1] not in FLAGS.get(word, set()):
            raise DockerfileError(f"{word} --{found[1]}")
        flags[found[1]] = found[2]
        rest = rest[found.end() :]
    return Instruction(word, rest, flags)


def seconds(duration: str) -> float:
    """A duration like 30s or 1m30s."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", duration)
    return sum(float(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit] for number, unit in parts)
