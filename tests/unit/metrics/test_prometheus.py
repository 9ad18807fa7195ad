"""What Prometheus is told: who may ask, what the figures are called, and that counters never fall."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web
import pytest
from prometheus_client.parser import text_string_to_metric_families

from galene_py.metrics import limits, snapshot
from galene_py.metrics.endpoint import PATH, MetricsEndpoint
from galene_py.metrics.events import CountedAudit
from galene_py.metrics.families import families
from galene_py.metrics.heartbeat import Heartbeat
from galene_py.sfu import sums
from galene_py.sfu.down import DownTrack
from galene_py.sfu.up import UpTrack
from galene_py.web.sockets import ListenError

STATE: dict[str, Any] = {
    "version": "1.2.3",
    "uptime": 5.0,
    "conference": {"rooms": 2, "clients": 7},
    "media": {"streams": 3},
    "hub": {"peers": 6, "connecting": 1, "outbox": {"calls": 10, "no_room": 0, "unsendable": 0}},
    "turns": {"waiting": 0},
    "recordings": [{"group": "a"}],
    "groups": {"history_bytes": 12, "logins": {"waiting": 0}},
}


def received(**counted: float) -> dict[str, Any]:
    return {"kind": "video", "codec": "vp8", "encodings": [counted]}


def sent(**counted: float) -> dict[str, Any]:
    return {"kind": "video", "codec": "vp8", **counted}


class Tracks:
    """Media with tracks that end when told to, as the engine's do."""

    def __init__(self) -> None:
        self.sums = sums.Sums()
        self.up: list[dict[str, Any]] = []
        self.down: list[dict[str, Any]] = []

    def counted(self) -> tuple[Counter[sums.Key], Counter[sums.Key]]:
        return self.sums.received, self.sums.sent

    def tracks(self) -> tuple[list[snapshot.Tell], list[snapshot.Tell]]:
        return [self.teller(track) for track in self.up], [self.teller(track) for track in self.down]

    def teller(self, track: dict[str, Any]) -> snapshot.Tell:
        return lambda: track

    def end_all(self) -> None:
        for track in self.up:
            self.sums.end_up(track)
        for track in self.down:
            self.sums.end_down(track)
        self.up, self.down = [], []


def test_what_is_counted_is_what_tracks_tell() -> None:
    up = UpTrack("video", "vp8", 90000, 96, 1, encodings=2).debug_state()
    encodings = up["encodings"]
    assert isinstance(encodings, list)
    assert all(set(sums.RECEIVED) <= encoding.keys() for encoding in encodings)
    assert set(sums.SENT) <= DownTrack(object()).debug_state().keys()


async def test_counters_do_not_fall_when_tracks_end_while_they_are_looked_at() -> None:
    media = Tracks()
    media.up = [received(packets=10) for _ in range(3 * limits.PORTION)]
    media.down = [sent(packets=1) for _ in range(3 * limits.PORTION)]
    looking = asyncio.create_task(snapshot.take(media, STATE))
    await asyncio.sleep(0)
    media.end_all()
    during, after = await looking, await snapshot.take(media, STATE)
    assert during.received == after.received
    assert during.received["video", "packets"] == 30 * limits.PORTION
    assert during.sent == after.sent
    assert during.sent["video", "packets"] == 3 * limits.PORTION


def test_a_delay_is_in_every_bucket_that_reaches_it() -> None:
    heart = Heartbeat(asyncio.new_event_loop())
    for delay in (-0.1, 0.001, 0.0011, 0.3, 7.0):
        heart.add(delay)
    assert dict(heart.buckets()) == {
        **{0.001: 2, 0.0025: 3, 0.005: 3, 0.01: 3, 0.02: 3, 0.05: 3, 0.1: 3, 0.25: 3, 1.0: 4},
        float("inf"): 5,
    }
    assert heart.total == pytest.approx(7.3021)


class Stage:
    def __init__(self) -> None:
        self.media = Tracks()
        self.token = ""
        self.noted: list[str] = []
        self.events = CountedAudit(lambda event, **facts: self.noted.append(event))
        self.endpoint = MetricsEndpoint(self.media, lambda: STATE, self.events, lambda: self.token)

    async def figures(self, url: str) -> dict[tuple[str, ...], float]:
        async with aiohttp.ClientSession() as http, http.get(url) as response:
            assert response.status == 200
            families = list(text_string_to_metric_families(await response.text()))
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in families
            for sample in family.samples
        }


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.endpoint.close()


async def test_figures_have_base_units_and_labels_of_few_values(stage: Stage) -> None:
    stage.media.up = [received(packets=100, lost=2, fractionLost=0.02) for _ in range(50)]
    stage.media.down = [sent(packets=5, roundTrip=n / 100, maximum=1e6, loss=0.0) for n in range(1, 101)]
    stage.events("refused", why="not-authorised", user="mallory")
    url = await stage.endpoint.listen("127.0.0.1:0")
    few = await stage.figures(url)
    assert few["galene_received_packets_total", "video"] == 5000
    assert few["galene_sent_packets_total", "video"] == 500
    assert few["galene_received_tracks", "vp8", "video"] == 50
    assert few["galene_round_trip_seconds", "sent", "0.5"] == pytest.approx(0.51)
    assert few["galene_round_trip_seconds", "sent", "0.99"] == pytest.approx(1.0)
    assert few["galene_loss_ratio", "received", "0.9"] == pytest.approx(0.02)
    assert few["galene_groups",] == 2
    assert few["galene_recordings",] == 1
    assert few["galene_events_total", "refused", "not-authorised"] == 1
    assert few["process_resident_memory_bytes",] > 1e6
    stage.media.up *= 20
    stage.media.down *= 20
    assert (await stage.figures(url)).keys() == few.keys()
    assert "mallory" not in str(few)


async def test_what_is_counted_is_noted_too(stage: Stage) -> None:
    stage.events("login", user="ada")
    assert stage.noted == ["login"]


async def test_a_unix_socket_serves_them_too(stage: Stage, tmp_path: Path) -> None:
    path = str(tmp_path / "metrics.sock")
    assert await stage.endpoint.listen(path) == path
    connector = aiohttp.UnixConnector(path)
    async with aiohttp.ClientSession(connector=connector) as http, http.get("http://here" + PATH) as response:
        assert "galene_clients 7.0" in await response.text()


async def test_an_address_that_is_none_is_refused_with_one_line(stage: Stage) -> None:
    with pytest.raises(ListenError, match="is no address"):
        await stage.endpoint.listen("here")


@pytest.mark.parametrize(
    ("token", "shown", "status"),
    [
        ("", "", 404),
        ("", "Bearer ", 404),
        ("a-long-secret-token", "", 404),
        ("a-long-secret-token", "Bearer wrong", 404),
        ("a-long-secret-token", "Basic YTpi", 404),
        ("a-long-secret-tökèn", "Bearer a-long-secret-token", 404),
        ("a-long-secret-token", "Bearer a-long-secret-token", 200),
    ],
)
async def test_on_the_pages_address_only_the_token_opens_them(
    stage: Stage, token: str, shown: str, status: int
) -> None:
    stage.token = token
    app = aiohttp.web.Application()
    app.router.add_get(PATH, stage.endpoint.guarded)
    runner = aiohttp.web.AppRunner(app)
    await runner.setup()
    site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    headers = {"Authorization": shown} if shown else {}
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as response:
        assert response.status == status
        assert ("galene_" in await response.text()) == (status == 200)
    await runner.cleanup()


ROOT = Path(__file__).parents[3]
STANDARD = {
    "up",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_open_fds",
    "process_max_fds",
}


def offered() -> set[str]:
    """The names of all figures of ours, as they are queried."""
    shot = snapshot.Snapshot(STATE)
    heart = Heartbeat(asyncio.new_event_loop())
    found = set()
    for family in families(shot, heart, {}):
        ending = {"counter": "_total", "info": "_info"}.get(family.type, "")
        found.add(family.name + ending)
    return found


def named(text: str) -> set[str]:
    names = set(re.findall(r"\b(?:galene|process)_[a-z_]+\b", text))
    return {name.removesuffix("_bucket") for name in names}


def test_every_figure_is_described_and_no_other() -> None:
    rows = re.findall(r"^\| `(galene_\w+)` \|", (ROOT / "docs" / "metrics.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(offered())


def test_the_dashboard_asks_for_figures_that_exist() -> None:
    dashboard = json.loads((ROOT / "deploy" / "grafana.json").read_text())
    asked = set().union(*(named(t["expr"]) for panel in dashboard["panels"] for t in panel["targets"]))
    assert asked - offered() - STANDARD == set()
    unseen = {"galene_build_info", "galene_uptime_seconds", "galene_connections", "galene_socket_calls_total"}
    unseen |= {"galene_received_tracks", "galene_sent_tracks", "galene_received_duplicate_packets_total"}
    assert offered() - asked == unseen
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)


def test_each_alert_asks_for_figures_that_exist_and_says_what_to_do() -> None:
    text = (ROOT / "deploy" / "alerts.yml").read_text()
    assert named(" ".join(re.findall(r"(?s)expr: (.*?)for:", text))) - offered() - STANDARD == set()
    alerts = re.findall(r"alert: (\w+)", text)
    assert (
        re.findall(r"^\| `(Galene\w+)` \|", (ROOT / "docs" / "metrics.md").read_text(), re.MULTILINE)
        == alerts
    )
