"""What others notice while a server is attacked from one address: a real server process, an attacker and an
observer, each a process of its own.

The bars: the loop is late by at most 10 ms (p99) and 20 ms, where one socket attacks; another room's sound
has no gap over 60 ms (p99.9 of arrival intervals); a right login elsewhere (hashed, from a new address each
time) is answered within a second; memory stays within 100 MB of before and returns: the
last column says within how many seconds after the attack it was within 10 MB of before, with somebody still
in a room, so that nothing is tidied up because nobody is there.

Three processes and whatever else runs share the machine's cores, though server and observer go first, as far
as this user may: look at "nobody attacks" before you believe the rest.

    python tests/bench/bench_attacks.py [--seconds S] [--sockets N] [--prefix] [NAME…]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from select import select

import bcrypt
import psutil
from attacking import PREFIX, SERVER_6
from attacks import ATTACKS

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kit.lightpeople import allow_many_sockets
from kit.server import OPEN_GROUP, Server

HERE = Path(__file__).resolve().parent
MB = 1_000_000
PUBLIC_GROUPS = 3000
RETURNED_MB = 10
RETURNS_S = 40.0
KEY = {"kty": "EC", "alg": "ES256", "crv": "P-256", "kid": "",
       "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
       "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}  # fmt: skip
"""RFC 7515 §A.3.1; nobody has its other half"""


def quantile(values: Sequence[float], share: float) -> float:
    """Milliseconds."""
    ordered = sorted(values) or [float("nan")]
    return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def prefer(pid: int) -> None:
    """Let a process go first."""
    with suppress(psutil.AccessDenied):
        psutil.Process(pid).nice(-10)


def run(server: Server, name: str, options: argparse.Namespace) -> None:
    process = psutil.Process(server.pid)
    before = peak = process.memory_info().rss
    seconds = options.seconds
    command = [sys.executable, str(HERE / "attack_observer.py"), str(server.port), str(seconds + 1.0)]
    observer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert observer.stdout is not None
    prefer(observer.pid)
    assert observer.stdout.readline().strip() == "ready"
    attacker = None
    if name in ATTACKS:
        time.sleep(0.3)
        command = [sys.executable, str(HERE / "attacks.py"), name, str(server.port), str(seconds)]
        command += [str(options.sockets), *(["prefix"] if options.prefix else [])]
        attacker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    began = time.monotonic()
    while not select([observer.stdout], [], [], 0.05)[0] and time.monotonic() < began + 60 + seconds:
        peak = max(peak, process.memory_info().rss)
    if not (said := observer.stdout.readline()):
        raise SystemExit(f"{name}: the observer saw nothing; the server said\n{server.log()[-3000:]}")
    seen = json.loads(said)
    told = json.loads(attacker.communicate(timeout=60)[0] or "{}") if attacker is not None else {}
    ended, after = time.monotonic(), process.memory_info().rss
    while after > before + RETURNED_MB * MB and time.monotonic() < ended + RETURNS_S:
        time.sleep(0.2)
        after = process.memory_info().rss
    took = time.monotonic() - ended
    observer.communicate()
    returned = f"{took:6.1f}" if after <= before + RETURNED_MB * MB else " never"
    delays, gaps, logins = seen["delays"], seen["gaps"], seen["logins"]
    print(
        f"{name:16}{quantile(delays, 0.5):7.1f}{quantile(delays, 0.99):7.1f}{quantile(delays, 1):7.1f}"
        f"{quantile(gaps, 0.999):9.1f}{quantile(logins, 0.5):9.0f}{quantile(logins, 1):7.0f}"
        f"{before / MB:8.0f}{peak / MB:6.0f}{after / MB:6.0f}{returned}  "
        + ", ".join(f"{count} {what}" for what, count in told.items()),
        flush=True,
    )


def other_network() -> None:
    """Run again in a network of our own, where all addresses of two IPv6 prefixes are ours."""
    steps = "ip link set lo up && echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind && " + " && ".join(
        f"ip -6 route add local {prefix}/64 dev lo" for prefix in (PREFIX, SERVER_6.removesuffix("1"))
    )
    environment = {**os.environ, "GALENE_BENCH_PREFIX": "1"}
    command = ["unshare", "-n", "sh", "-c", steps + ' && exec "$@"', "sh", sys.executable, *sys.argv]
    os.execvpe("unshare", command, environment)


def groups() -> dict[str, object]:
    member = {"password": {"type": "wildcard"}, "permissions": "present"}
    key = bcrypt.hashpw(b"op", bcrypt.gensalt(10)).decode()
    operator = {"op": {"password": {"type": "bcrypt", "key": key}, "permissions": "op"}}
    return {
        "elsewhere": OPEN_GROUP,
        "login": {"users": operator},
        "operated": OPEN_GROUP,
        "signed": {"authKeys": [KEY] * 8},
        "target": {**OPEN_GROUP, "auto-subgroups": True, "wildcard-user": member},
        **{f"public/{number}": {"public": True} for number in range(PUBLIC_GROUPS)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--sockets", type=int, default=30, help="at most, from the one address")
    parser.add_argument(
        "--prefix", action="store_true", help="each connection from another address of one /64; as root"
    )
    parser.add_argument("names", nargs="*", default=["nobody attacks", *ATTACKS])
    options = parser.parse_args()
    if options.prefix and not os.environ.get("GALENE_BENCH_PREFIX"):
        other_network()
    allow_many_sockets()
    admin = {"users": {"root": {"password": "root", "permissions": "admin"}}}
    host = "" if options.prefix else "127.0.0.1"
    with tempfile.TemporaryDirectory() as directory, Server(
        Path(directory), groups(), config=admin, host=host
    ) as server:  # fmt: skip
        prefer(server.pid)
        print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print("                loop's delay (ms)      sound     login (ms)     memory (MB)         (s)")
        print("                    50%    99%   most   99.9%      50%   most  before  most after  back")
        for name in options.names:
            run(server, name, options)


if __name__ == "__main__":
    main()
