"""Bounds of the metrics."""

PORTION = 64
"""Tracks that are looked at in one turn of the event loop: a millisecond, as measured."""

HEARTBEAT_SECONDS = 0.25
"""Between two looks at how late the event loop is: few enough to cost nothing, enough to meet a delay."""

SCRAPES = 4
"""Answers that are made at the same time; more get 503. One Prometheus needs one."""
