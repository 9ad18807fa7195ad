"""Fuzzes targets one after the other, led by what they reach, and keeps the few inputs that reach most.

    python -m fuzz [--seconds N] [--keep] [TARGET…]

Each runs in a process of its own, because libFuzzer ends its process at the first finding. What it learns
goes to `.fuzz/TARGET` in the checkout, and a finding beside it. `--keep` replaces the corpus in `tests/data`.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LEARNT = ROOT / ".fuzz"
KEPT_INPUTS = 60
"""inputs of one target that the corpus keeps"""
CPU_BASE_S, CPU_PER_BYTE_S = 0.05, 50e-6
"""seconds of the processor that one input may cost; instrumented code is several times as slow as else"""


class TooMuchWork(Exception):
    """An input cost more than its size explains, three times in a row."""


def fuzz(name: str, seconds: int) -> None:
    """Run one target in this process; never returns."""
    atheris: Any = importlib.import_module("atheris")  # only `scripts/fuzz` installs it

    with atheris.instrument_imports(include=["galene_py"]):
        from fuzz.targets import TARGETS
    target = TARGETS[name]
    place = LEARNT / name
    place.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate([*target.seeds, *target.corpus()]):
        (place / f"seed-{number}").write_bytes(seed)

    def cost(data: bytes) -> float:
        began = time.thread_time()
        target.run(data)
        return time.thread_time() - began

    def once(data: bytes) -> None:
        allowed = CPU_BASE_S + CPU_PER_BYTE_S * len(data)
        if cost(data) > allowed:
            gc.collect()
            if min(cost(data), cost(data)) > allowed:
                raise TooMuchWork

    options = [f"-max_total_time={seconds}", f"-artifact_prefix={LEARNT}/{name}-", "-max_len=20000"]
    atheris.Setup([sys.argv[0], *options, "-print_final_stats=1", "-rss_limit_mb=2048", str(place)], once)
    atheris.Fuzz()


def run(name: str, seconds: int) -> bool:
    """One target in a process of its own; whether nothing was found."""
    LEARNT.mkdir(exist_ok=True)
    log = LEARNT / f"{name}.log"
    with log.open("w") as output:
        command = [sys.executable, "-m", "fuzz", "--seconds", str(seconds), "--here", name]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
        status = subprocess.run(command, stdout=output, stderr=output, env=environment).returncode
    said = log.read_text(errors="replace")
    runs = said.partition("stat::number_of_executed_units:")[2].split()
    learnt = sum(1 for _ in (LEARNT / name).glob("*")) if (LEARNT / name).exists() else 0
    what = "nothing found" if status == 0 else f"FOUND SOMETHING: see {log.relative_to(ROOT)}"
    print(f"{name:20} {runs[0] if runs else '?':>10} inputs  {learnt:>5} learnt  {what}", flush=True)
    return status == 0


def keep(name: str) -> None:
    """Of all that was learnt, the shortest inputs that reach every line which any of them reaches."""
    from fuzz.target import KEPT_BYTES, Line, lines_run
    from fuzz.targets import TARGETS

    target = TARGETS[name]
    learnt = [path.read_bytes() for path in (LEARNT / name).glob("*")] + target.corpus()
    short = sorted({data for data in learnt if len(data) <= KEPT_BYTES}, key=lambda data: (len(data), data))
    seen: set[Line] = set()
    for seed in target.seeds:
        seen |= lines_run(partial(target.run, seed))[1]
    kept: list[bytes] = []
    for data in short:
        new = lines_run(partial(target.run, data))[1] - seen
        if new and len(kept) < KEPT_INPUTS:
            kept.append(data)
            seen |= new
    target.keep(kept)
    print(f"{name:20} {len(kept):>3} inputs kept, {len(seen)} lines reached")


def names(wanted: Iterable[str]) -> list[str]:
    """The targets that were asked for, all without any. Exits when there is none of that name."""
    from fuzz.targets import TARGETS

    chosen = list(wanted) or list(TARGETS)
    for name in chosen:
        if name not in TARGETS:
            sys.exit(f"there is no parser {name!r}; there are: {', '.join(TARGETS)}")
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("targets", nargs="*", metavar="PARSER")
    parser.add_argument("--seconds", type=int, default=60, help="for each parser (60)")
    parser.add_argument("--keep", action="store_true", help="only replace the corpus by what was learnt")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        fuzz(options.targets[0], options.seconds)
    chosen = names(options.targets)
    if options.keep:
        for name in chosen:
            keep(name)
    else:
        sound = [run(name, options.seconds) for name in chosen]  # all, also behind a finding
        sys.exit(not all(sound))


if __name__ == "__main__":
    main()
