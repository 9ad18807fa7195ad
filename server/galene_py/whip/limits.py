"""Bounds of WHIP and WHEP: one name each, its unit and the reason beside it."""

SESSIONS = 512
"""programs that send at the same time, and as many that watch; each is a member, with a connection"""
SESSIONS_PER_ORIGIN = 32
"""of one IPv4 address or IPv6 /64: a room full of cameras behind one router"""
SESSION_ID_BYTES = 16
"""random bytes of a session's address, which is all that protects it (RFC 9725 §5)"""
OFFER_BYTES = 256 * 1024
"""bytes of an offer; who reads descriptions takes no longer ones"""
FRAGMENT_BYTES = 16 * 1024
"""bytes of a fragment; one with all candidates of a machine with many addresses has 4 kB"""
FRAGMENT_LINES = 200
"""lines of a fragment"""
ANSWER_SECONDS = 20.0
"""seconds for the answer to a counter-offer"""
POLL_SECONDS = 1.0
"""seconds between two looks at the sessions' timers, as for WebSockets"""
RETRY_SECONDS = 5
"""seconds after which a program that found the server busy should ask again"""
