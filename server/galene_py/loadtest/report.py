"""What a test found: lines for the terminal, JSON for programs, a page of its own for people. Pure but for
the file of the template.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import jinja2

from galene_py import __version__
from galene_py.loadtest.figures import Spread
from galene_py.loadtest.run import Outcome, Sample

QUANTILES = (0.5, 0.9, 0.99)
OWN_LIMIT = 0.85
"""Share of a core from which on the test itself may be what limits."""
WIDTH, HEIGHT = 640, 160

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Plot:
    """One figure over time. `points`: of an SVG polyline in a box of WIDTH × HEIGHT; `top`: what its upper
    edge means, in words."""

    title: str
    points: str
    top: str
    end: str


def to_json(outcome: Outcome) -> dict[str, Any]:
    """Everything, in SI units."""
    received, plan = outcome.counted.received, asdict(outcome.plan)
    plan.pop("password")
    steady = [sample for sample in outcome.samples if sample.at > outcome.steady]
    return {
        "version": __version__,
        "plan": plan,
        "steadySeconds": outcome.steady,
        "seconds": {
            "join": _spread(outcome.counted.joins),
            "connect": _spread(outcome.counted.connections),
            "firstPacket": _spread(received.first_packet),
            "firstKeyframe": _spread(received.first_keyframe),
            "delay": _spread(received.delay),
            "jitter": _spread(received.jitter),
        },
        "received": {
            name: getattr(received, name)
            for name in ("packets", "octets", "frames", "missing", "recovered", "lost", "duplicates")
        },
        "sent": {"packets": outcome.sent_packets, "lost": outcome.sent_lost},
        "asked": {
            "packetsOfSenders": outcome.asked_again,
            "keyframesOfSenders": outcome.keyframes_asked,
            "packetsByReceivers": received.nacked,
            "keyframesByReceivers": received.keyframes_asked,
        },
        "steady": {
            "packetsPerSecond": _mean(steady, lambda sample: sample.packets),
            "bitsPerSecond": _mean(steady, lambda sample: sample.bits),
            "serverCores": _mean(steady, lambda sample: sample.server),
            "serverBytes": max((sample.memory for sample in outcome.samples), default=0),
            "ownCores": _mean(steady, lambda sample: sample.own),
        },
        "failures": outcome.counted.failures,
        "samples": [asdict(sample) for sample in outcome.samples],
    }


def rows(outcome: Outcome) -> Iterator[Row]:
    """Figures with their names, for people."""
    found = to_json(outcome)
    seconds, received, steady = found["seconds"], found["received"], found["steady"]
    names = {
        "join": "Joining",
        "connect": "Media connection",
        "firstPacket": "First packet of a stream",
        "firstKeyframe": "First keyframe of a video",
        "delay": "Delay of a packet",
        "jitter": "Jitter",
    }
    for name, title in names.items():
        yield title, _milliseconds(seconds[name])
    total = received["packets"] + received["lost"]
    if total:
        yield "Not in their turn", f"{100 * received['missing'] / total:.3f} % of packets"
        yield "Lost for good", f"{100 * received['lost'] / total:.3f} % of packets"
    if outcome.sent_packets:
        yield "Lost on the way to the server", f"{100 * outcome.sent_lost / outcome.sent_packets:.3f} %"
    asked = found["asked"]
    yield "Asked of senders", f"{asked['packetsOfSenders']} packets, {asked['keyframesOfSenders']} keyframes"
    if steady["packetsPerSecond"] is not None:
        rate = f"{steady['packetsPerSecond']:,.0f} packets/s, {steady['bitsPerSecond'] / 1e6:,.1f} Mbit/s"
        yield "Received by all, once everybody was there", rate
        if steady["serverCores"] is not None:
            memory = steady["serverBytes"] / 1e6
            yield "Server", f"{100 * steady['serverCores']:.0f} % of a core, at most {memory:.0f} MB"
        yield "This test", f"{100 * steady['ownCores']:.0f} % of a core"
    for what, times in outcome.counted.failures.items():
        yield "Failed", f"{times} × {what}"


def warning(outcome: Outcome) -> str:
    """What makes the figures doubtful; '' nothing does."""
    busy = [sample for sample in outcome.samples if sample.own > OWN_LIMIT]
    if len(busy) * 3 > len(outcome.samples):
        return "This test used its whole core: delays and losses may be its own. Try fewer people."
    return ""


def progress(outcome: Outcome) -> str:
    """One line about the last second."""
    sample = outcome.samples[-1]
    delay = "      –" if sample.delay is None else f"{1000 * sample.delay:4.0f} ms"
    server = "" if sample.server is None else f"  server {100 * sample.server:3.0f} %"
    failed = sum(outcome.counted.failures.values())
    return (
        f"{sample.at:5.0f} s {sample.people:5d} people {sample.streams:6d} streams "
        f"{sample.packets:8,.0f} packets/s {sample.bits / 1e6:8,.1f} Mbit/s  delay p99 {delay}  "
        f"missing {100 * sample.missing:.2f} %{server}  test {100 * sample.own:3.0f} %"
        + (f"  {failed} failed" if failed else "")
    )


def to_html(outcome: Outcome, when: str) -> str:
    """A page that needs nothing else. `when`: of the test, in words."""
    loader = jinja2.PackageLoader("galene_py.loadtest")
    template = jinja2.Environment(loader=loader, autoescape=True).get_template("report.html")
    return template.render(
        plan=outcome.plan,
        when=when,
        version=__version__,
        rows=list(rows(outcome)),
        warning=warning(outcome),
        plots=list(_plots(outcome.samples)),
        width=WIDTH,
        height=HEIGHT,
    )


# --- inside -------------------------------------------------------------------------------------------


def _plots(samples: Sequence[Sample]) -> Iterator[Plot]:
    kinds: tuple[tuple[str, Callable[[Sample], float | None], Callable[[float], str]], ...] = (
        ("People", lambda sample: sample.people, lambda top: f"{top:.0f}"),
        ("Received by all", lambda sample: sample.bits, lambda top: f"{top / 1e6:.1f} Mbit/s"),
        ("Delay, p99", lambda sample: sample.delay, lambda top: f"{1000 * top:.0f} ms"),
        ("Packets not in their turn", lambda sample: sample.missing, lambda top: f"{100 * top:.2f} %"),
        ("Server, share of a core", lambda sample: sample.server, lambda top: f"{100 * top:.0f} %"),
        ("This test, share of a core", lambda sample: sample.own, lambda top: f"{100 * top:.0f} %"),
    )
    end = samples[-1].at if samples else 0.0
    for title, value, words in kinds:
        found = [(sample.at, value(sample)) for sample in samples]
        known = [(at, figure) for at, figure in found if figure is not None and not math.isnan(figure)]
        if len(known) < 2:
            continue
        top = max(figure for _, figure in known)
        points = (f"{WIDTH * at / end:.1f},{HEIGHT * (1 - figure / (top or 1)):.1f}" for at, figure in known)
        yield Plot(title, " ".join(points), words(top), f"{end:.0f} s")


def _spread(spread: Spread) -> dict[str, float | int | None]:
    found = zip(QUANTILES, spread.quantiles(*QUANTILES), strict=True)
    named = {f"p{100 * quantile:g}": value for quantile, value in found}
    return {"count": spread.count, **named, "max": spread.highest if spread.count else None}


def _milliseconds(spread: dict[str, Any]) -> str:
    if not spread["count"]:
        return "never"
    return ", ".join(f"{name} {1000 * spread[name]:.0f}" for name in ("p50", "p90", "p99", "max")) + " ms"


def _mean(samples: Sequence[Sample], value: Callable[[Sample], float | None]) -> float | None:
    found = map(value, samples)
    known = [figure for figure in found if figure is not None and not math.isnan(figure)]
    return sum(known) / len(known) if known else None
