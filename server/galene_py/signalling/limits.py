"""Bounds of messages and one client's session: one name each, its unit and the reason beside it."""

SIGNAL_MESSAGE_CHARS = 1 << 18
"""characters of one message of a member: a session description twice over; the protocol permits 1 MiB, of
which nothing could be used"""
SIGNAL_STRANGER_CHARS = 32_768
"""characters of one message of a client that is in no group: a signed token and what it says of itself"""
SIGNAL_STRANGER_STRUCTURE = 1_000
"""brackets and commas in such a message; a handshake has three, a join ten"""
SIGNAL_STRANGER_BURST = 131_072
"""characters that a client may send at once while it is in no group"""
SIGNAL_STRANGER_RATE = 4_096.0
"""characters per second that it may go on with; beyond, its connection is closed"""
SIGNAL_JSON_DEPTH = 32
"""levels of nesting in one message; the protocol itself needs five"""
SIGNAL_JSON_NODES = 20_000
"""values in one message, keys included, and brackets and commas, which are counted before it is decoded: a
complex message must not hold up the others"""
SIGNAL_QUOTED_CHARS = 1 << 17
"""characters of a message in which brackets and commas are counted again without those inside of texts"""
SIGNAL_INTEGER = (1 << 63) - 1
"""largest absolute integer in a message; larger ones do not survive in other people's programs"""
SIGNAL_TEXT_CHARS = 12_288
"""characters of a password or a token; signed tokens with many claims reach a few thousand"""
SIGNAL_SDP_CHARS = 131_072
"""characters of a session description; browsers send 2,000 to 20,000, and reading this much takes 5 ms"""
SIGNAL_HANDSHAKE_SECONDS = 15.0
"""seconds in which a new connection must have sent its handshake"""
SIGNAL_PING_SECONDS = 20.0
"""seconds of silence after which the client is pinged, and from then on at every half of it"""
SIGNAL_DEAD_SECONDS = 45.0
"""seconds of silence after which the client is taken for dead"""
SIGNAL_BAD_MESSAGES = 32
"""messages of one connection that may be malformed before it is closed"""
SIGNAL_PENDING_MESSAGES = 64
"""messages kept while the password of a join is being checked; a client may send ahead"""
SIGNAL_PENDING_CHARS = 1 << 16
"""characters of those messages"""
SIGNAL_MESSAGE_BURST = 10_000
"""messages of any kind that one client may send at once: answers and candidates for a room full of cameras"""
SIGNAL_MESSAGE_RATE = 500.0
"""messages of any kind per second that one client may sustain; beyond, its connection is closed"""
SIGNAL_OFFER_BURST = 100
"""offers and requests for offers that one client may send at once; each costs a thousand times a chat line"""
SIGNAL_OFFER_RATE = 5.0
"""offers and requests for offers per second that one client may sustain"""
SIGNAL_SPEECH_BURST = 200
"""messages to others that one client may send at once; room for pasted text and file transfers"""
SIGNAL_SPEECH_RATE = 20.0
"""messages to others per second that one client may sustain, so that it cannot flood a room"""
SIGNAL_SPEECH_BYTES_BURST = 262_144
"""characters of messages to others that one client may send at once: four of the longest"""
SIGNAL_SPEECH_BYTES_RATE = 16_384.0
"""characters per second of them that it may sustain: half a page of text"""
SIGNAL_PIXELS = 1 << 15
"""Device pixels of one side of a video that a receiver may say it shows: more than any screen has."""
