"""People behind firewalls meet by a relay (coturn), by UDP and by TCP, with both kinds of credentials."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from kit.observe import eventually, hears, sees
from kit.people import Visit, log_in
from kit.server import StartServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

ONLY_RELAY = """
const Direct = RTCPeerConnection;
globalThis.relayed = [];
globalThis.RTCPeerConnection = class extends Direct {
  constructor(configuration) {
    super({ ...configuration, iceTransportPolicy: 'relay' });
    relayed.push(this);
  }
};
"""
"""As behind a firewall that lets nothing out but to the relay."""
PATHS = """
async () => {
  const found = new Set();
  for (const connection of relayed) {
    const report = await connection.getStats();
    for (const entry of report.values()) {
      if (entry.type !== 'candidate-pair' || entry.state !== 'succeeded' || !entry.nominated) continue;
      const local = report.get(entry.localCandidateId);
      found.add(`${local.candidateType} ${local.relayProtocol}`);
    }
  }
  return [...found].sort();
}
"""
SECRET = "a-secret-that-both-know"
PASSWORD = {"username": "relay", "credential": "pass", "credentialType": "password"}
SHARED = {"username": "guest", "credential": SECRET, "credentialType": "hmac-sha1"}

Relay = Callable[..., int]


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    """`relay(*options)`: a TURN server on loopback; its port."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        command = [shutil.which("turnserver") or "turnserver", "-n", "--no-cli", "--no-tls", "--no-dtls"]
        command += ["-L", "127.0.0.1", "-E", "127.0.0.1", "-p", str(port), "-r", "test", "--fingerprint"]
        command += ["--allow-loopback-peers", "--log-file", "stdout", "--pidfile", str(tmp_path / "pid")]
        with (tmp_path / "turn.log").open("wb") as log:
            running.append(subprocess.Popen([*command, *options], stdout=log, stderr=log, cwd=tmp_path))
        return port

    yield start
    for process in running:
        process.kill()
        process.wait()


async def behind_a_firewall(visit: Visit, url: str, name: str, colour: str) -> Page:
    page = await visit(url, colour)
    await page.add_init_script(ONLY_RELAY)
    await page.reload()
    await log_in(page, name)
    await page.wait_for_selector("[data-action=leave]")
    return page


@pytest.mark.parametrize(
    ("protocol", "credentials", "options"),
    [
        ("udp", PASSWORD, ["--lt-cred-mech", "-u", "relay:pass"]),
        ("tcp", SHARED, ["--use-auth-secret", "--static-auth-secret", SECRET]),
    ],
)
async def test_two_people_meet_by_the_relay_alone(
    protocol: str,
    credentials: dict[str, str],
    options: list[str],
    relay: Relay,
    start_server: StartServer,
    visit: Visit,
) -> None:
    turn = {"urls": [f"turn:127.0.0.1:{relay(*options)}?transport={protocol}"], **credentials}
    url = start_server(ice_servers=[turn]).group_url("demo")
    ann = await behind_a_firewall(visit, url, "Ann", "red")
    ben = await behind_a_firewall(visit, url, "Ben", "blue")
    for page in (ann, ben):
        await sees(page, "red", "blue")
        await hears(page, 1)
        await eventually(
            lambda page=page: page.evaluate(PATHS), lambda found: found == [f"relay {protocol}"], "the path"
        )
    await ann.click("[data-action=more]")
    await ann.get_by_role("menuitem", name="Settings").click()
    await ann.click("#check-run")
    await expect(ann.locator("[data-path=relay]")).to_have_class("open", timeout=20_000)
