"""What others notice while a server is attacked from one address: a real server process, an attacker and an
observer, each a process of its own.

The bars: the loop is late by at most 10 ms (p99) and 20 ms; another room's sound has no gap over 60 ms (p99.9
of arrival intervals); a right login elsewhere is answered within a second; memory stays within 100 MB of
before. Three processes and whatever else runs share the machine's cores, though server and observer go first,
as far as this user may: look at "nobody attacks" before you believe the rest.

    python tests/bench/bench_attacks.py [--seconds S] [--sockets N] [NAME…]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil
from attacks import ATTACKS

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kit.server import OPEN_GROUP, Server

HERE = Path(__file__).resolve().parent
MB = 1_000_000
PUBLIC_GROUPS = 3000


def quantile(values: Sequence[float], share: float) -> float:
    """Milliseconds."""
    ordered = sorted(values) or [float("nan")]
    return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def prefer(pid: int) -> None:
    """Let a process go first."""
    with suppress(psutil.AccessDenied):
        psutil.Process(pid).nice(-10)


def run(server: Server, name: str, seconds: float, sockets: int) -> None:
    process = psutil.Process(server.pid)
    before = peak = process.memory_info().rss
    command = [sys.executable, str(HERE / "attack_observer.py"), str(server.port), str(seconds + 1.0)]
    observer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert observer.stdout is not None
    prefer(observer.pid)
    assert observer.stdout.readline().strip() == "ready"
    attacker = None
    if name in ATTACKS:
        time.sleep(0.3)
        command = [
            sys.executable,
            str(HERE / "attacks.py"),
            name,
            str(server.port),
            str(seconds),
            str(sockets),
        ]
        attacker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    began = time.monotonic()
    while observer.poll() is None and time.monotonic() < began + 60 + seconds:
        peak = max(peak, process.memory_info().rss)
        time.sleep(0.05)
    seen = json.loads(observer.stdout.read())
    told = json.loads(attacker.communicate(timeout=60)[0] or "{}") if attacker is not None else {}
    time.sleep(3.0)
    after = process.memory_info().rss
    delays, gaps, logins = seen["delays"], seen["gaps"], seen["logins"]
    print(
        f"{name:16}{quantile(delays, 0.5):7.1f}{quantile(delays, 0.99):7.1f}{quantile(delays, 1):7.1f}"
        f"{quantile(gaps, 0.999):9.1f}{quantile(logins, 0.5):9.0f}{quantile(logins, 1):7.0f}"
        f"{before / MB:8.0f}{peak / MB:6.0f}{after / MB:6.0f}  "
        + ", ".join(f"{count} {what}" for what, count in told.items()),
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--sockets", type=int, default=30, help="at most, from the one address")
    parser.add_argument("names", nargs="*", default=["nobody attacks", *ATTACKS])
    options = parser.parse_args()
    groups: dict[str, object] = dict.fromkeys(("elsewhere", "login"), OPEN_GROUP)
    member = {"password": {"type": "wildcard"}, "permissions": "present"}
    groups["target"] = {"public": True, "auto-subgroups": True, "wildcard-user": member}
    groups |= {f"public/{number}": {"public": True} for number in range(PUBLIC_GROUPS)}
    with tempfile.TemporaryDirectory() as directory, Server(Path(directory), groups) as server:
        prefer(server.pid)
        print("                loop's delay (ms)      sound     login (ms)     memory (MB)")
        print("                    50%    99%   most   99.9%      50%   most  before  most after")
        for name in options.names:
            run(server, name, options.seconds, options.sockets)


if __name__ == "__main__":
    main()
