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
ENGINE_BUDGET_SECONDS = 0.25
"""Time between two divisions of one receiver's line while somebody on it has less than the best."""
ENGINE_CONTENT_SECONDS = 1.0
"""The same while nobody has."""
ENGINE_BUDGET_SHARE = 0.95
"""Of the estimate that is given away: the rest is for what is sent again, and for reports."""
ENGINE_SILENT_SECONDS = 3.0
"""Time without feedback, because everything is paused, after which the line is tried again."""
ENGINE_SILENT_RATE = 250_000.0
"""Bits per second that it is then believed to carry: a small picture."""
ENGINE_KEYFRAME_SECONDS = 0.2
"""Time from a step up until the keyframe that it needs has come and gone."""
ENGINE_PORTION_SECONDS = 0.01
"""Time between two portions of a burst that tries what a line carries."""
ENGINE_LEISURE_SECONDS = 0.08
"""Time for which feedback of a receiver is not looked at once one of its connections said that all is well: a
little less than between two messages of one connection."""
ENGINE_SETTLING_SECONDS = 3.0
"""Time after a change of what a receiver is sent until its rate has been measured."""
ENGINE_TRIAL_SECONDS = 7.0
"""Time since a line was full until a better picture is tried on it, where no burst can be sent first."""
ENGINE_QUIET_RATE = 64_000.0
"""Bits per second to one receiver below which nobody is seen and hardly anybody heard: no line is full."""
ENGINE_QUIET_LEISURE_SECONDS = 1.0
"""The leisure then: silent microphones bring a message for each of their rare packets."""
