"""Bounds of a report."""

LOG_LINES = 500
"""Lines of the log, the last ones: some hours of an ordinary server."""

LOG_BYTES = 4_000_000
"""Bytes that are read from the end of a log for them."""

FIGURES_BYTES = 1_000_000
"""Bytes of an answer of the server: its figures take some 10 kB."""

SECONDS = 5.0
"""Patience with the server and with other programs."""
