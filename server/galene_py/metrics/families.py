"""A snapshot under the names that Prometheus sees: `galene_…`, in base units, with labels of few values.

Pure. The names are a promise: dashboards and alerts are made of them (`deploy/`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from galene_py.metrics.events import Event
from galene_py.metrics.heartbeat import Heartbeat
from galene_py.metrics.snapshot import Snapshot, State

QUANTILES = (0.5, 0.9, 0.99)

_RECEIVED = {
    "packets": ("galene_received_packets", "RTP packets received from senders."),
    "bytes": ("galene_received_bytes", "Their bytes, RTP headers included."),
    "lost": ("galene_received_lost_packets", "RTP packets of senders that never came."),
    "duplicates": ("galene_received_duplicate_packets", "RTP packets that came twice."),
    "nacked": ("galene_nacks", "RTP packets that senders were asked to send again."),
    "recovered": ("galene_recovered_packets", "RTP packets that came when asked for again."),
    "keyframeRequests": ("galene_keyframe_requests", "Keyframes that senders were asked for."),
}
_SENT = {
    "packets": ("galene_sent_packets", "RTP packets sent to receivers, without those sent again."),
    "bytes": ("galene_sent_bytes", "Their bytes, RTP headers included."),
    "lost": ("galene_sent_lost_packets", "RTP packets that receivers report as lost."),
    "resent": ("galene_resent_packets", "RTP packets sent again because receivers asked for them."),
    "missed": ("galene_unavailable_packets", "RTP packets that receivers asked for too late."),
    "refused": ("galene_refused_resends", "RTP packets not sent again: the receiver asked for too many."),
}
_GAUGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("galene_groups", "Groups with people in them.", ("conference", "rooms")),
    ("galene_clients", "Connected clients.", ("conference", "clients")),
    ("galene_published_streams", "Streams that people send.", ("media", "streams")),
    ("galene_connections", "Connections that carry media.", ("hub", "peers")),
    ("galene_connecting", "Connections on their way.", ("hub", "connecting")),
    (
        "galene_actors_waiting",
        "Connections that wait for their share of the event loop.",
        ("turns", "waiting"),
    ),
    ("galene_logins_waiting", "Logins that wait for their turn.", ("groups", "logins", "waiting")),
    ("galene_chat_history_bytes", "Memory of all chat histories.", ("groups", "history_bytes")),
    ("galene_uptime_seconds", "Seconds since the start.", ("uptime",)),
)
_SOCKETS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("galene_socket_calls", "System calls that sent media.", ("hub", "outbox", "calls")),
    (
        "galene_socket_full",
        "Times that the operating system had no room for media.",
        ("hub", "outbox", "no_room"),
    ),
    (
        "galene_unsendable_packets",
        "Packets of media that could not be sent.",
        ("hub", "outbox", "unsendable"),
    ),
)


def families(shot: Snapshot, heartbeat: Heartbeat, events: Mapping[Event, int]) -> Iterator[Metric]:
    """All figures. `events`: how often what the audit log notes has happened."""
    yield InfoMetricFamily("galene_build", "The server.", {"version": str(shot.server.get("version", ""))})
    yield from _plain(_GAUGES, GaugeMetricFamily, shot.server)
    yield from _plain(_SOCKETS, CounterMetricFamily, shot.server)
    yield from _counters(_RECEIVED, shot.received)
    yield from _counters(_SENT, shot.sent)
    yield _labelled("galene_received_tracks", "Tracks that people send.", ("kind", "codec"), shot.up)
    yield _labelled("galene_sent_tracks", "Tracks on their way to receivers.", ("kind", "codec"), shot.down)
    yield _spread("galene_round_trip_seconds", "Round trips to receivers now.", {"sent": shot.round_trips})
    yield _spread("galene_loss_ratio", "Share of packets lost lately, by track.", shot.losses)
    yield _spread(
        "galene_estimate_bits_per_second",
        "What receivers' lines carry, by video track.",
        {"sent": shot.estimates},
    )
    yield _recordings(shot.server.get("recordings") or ())
    counted = CounterMetricFamily("galene_events", "What the audit log notes.", labels=["event", "why"])
    for event, times in sorted(events.items()):
        counted.add_metric(event, times)
    yield counted
    yield HistogramMetricFamily(
        "galene_loop_delay_seconds",
        "How late the event loop was: what packets wait.",
        buckets=[
            ("+Inf" if math.isinf(bound) else str(bound), times) for bound, times in heartbeat.buckets()
        ],
        sum_value=heartbeat.total,
    )


class Shown(Collector):
    """Metrics that were made before, for a registry."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        """All of them."""
        return self._metrics


def _plain(
    table: Iterable[tuple[str, str, tuple[str, ...]]], family: Callable[..., Metric], state: State
) -> Iterator[Metric]:
    for name, text, path in table:
        value: Any = state
        for step in path:
            value = value[step]
        yield family(name, text, value=value)


def _counters(
    table: Mapping[str, tuple[str, str]], counted: Counter[tuple[str, str]]
) -> Iterator[CounterMetricFamily]:
    for what, (name, text) in table.items():
        family = CounterMetricFamily(name, text, labels=["kind"])
        for kind in ("audio", "video"):
            family.add_metric([kind], counted[kind, what])
        yield family


def _labelled(
    name: str, text: str, labels: Sequence[str], values: Mapping[tuple[str, str], int]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


def _spread(name: str, text: str, values: Mapping[str, Sequence[float]]) -> GaugeMetricFamily:
    """Quantiles of what there is now; none while there is nothing."""
    family = GaugeMetricFamily(name, text, labels=["direction", "quantile"])
    for direction, found in values.items():
        ordered = sorted(found)
        for quantile in QUANTILES if ordered else ():
            index = min(len(ordered) - 1, int(quantile * len(ordered)))
            family.add_metric([direction, str(quantile)], ordered[index])
    return family


def _recordings(sessions: Sequence[State]) -> GaugeMetricFamily:
    return GaugeMetricFamily("galene_recordings", "Meetings that are recorded now.", value=len(sessions))
