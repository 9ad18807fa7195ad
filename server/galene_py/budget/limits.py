"""Bounds of budgets: one name each, its unit and the reason beside it."""

ORIGIN_PREFIX_BITS = 64
"""bits of an IPv6 prefix that one actor owns; providers give nobody less"""
ORIGINS_CACHED = 4096
"""addresses whose origin is remembered; parsing one takes some microseconds"""

TURN_SECONDS = 0.004
"""seconds spent on what clients ask for in one turn of the event loop; packets of media come between two"""
PROMPT_BURST_SECONDS = 0.05
"""seconds that one network may have done at once though others wait: a login, or a page with all it needs"""
PROMPT_SHARE = 0.02
"""share of one processor that it may go on with in this way; somebody who talks and moderates needs less"""
JOB_SECONDS = 20e-6
"""seconds that a job is taken to cost besides what is measured: reading it, and waking whoever asked"""
ACTOR_SHARE = 0.1
"""share of one processor that one connection may use for long; joining and talking take a thousandth"""
ACTOR_BURST_SECONDS = 0.25
"""seconds that it may use at once: joining a room of several hundred and asking for all their streams"""
ORIGIN_SHARE = 0.3
"""share of one processor that all connections of one network may use for long: a school has one address"""
ORIGIN_BURST_SECONDS = 1.0
"""seconds that they may use at once: all members of a class come within seconds"""
ORIGINS_REMEMBERED = 4096
"""networks without a connection whose debts are remembered"""
FAIR_KEYS_REMEMBERED = 4096
"""keys of a fair queue whose past use is remembered; what was used long ago weighs nothing"""
PENALTIES_REMEMBERED = 4096
"""keys whose failures are remembered; an attacker with more addresses than that is not slowed down by one"""
LISTENER_BURST_BYTES = 524_288
"""bytes that others may send to one member at once: two seconds of a line of 2 Mbit/s"""
LISTENER_RATE_BYTES = 65_536.0
"""bytes per second of it for long: a quarter of that line"""
SHORT_MESSAGE_BYTES = 1_024
"""bytes of a message that is delivered also to somebody who is being sent too much by others"""
