"""Bounds of the engine: one name each, its unit and the reason beside it."""

ENGINE_PEERS = 4096
"""Connections of one process, both directions: beyond what one core forwards, far below what memory holds."""
ENGINE_LEARNT_SSRCS = 32
"""SSRCs a session may bring in that its description did not announce, between two descriptions."""
ENGINE_CANDIDATES = 256
"""Trickled candidates of one peer that are looked at; an ICE-lite server needs none of them."""
ENGINE_REPORT_INTERVAL = 1.0
"""Seconds between sender reports (with CNAME) to one receiver: as often as browsers report."""
ENGINE_REPORT_RETRY = 0.3
"""The same while there is nothing to report, because the sender has not said what its timestamps mean."""
