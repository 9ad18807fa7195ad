"""Bounds of clients: one name each, its unit and the reason beside it."""

STATUS_BYTES = 1 << 20
"""bytes of a group's status"""
REPLY_SECONDS = 20.0
"""seconds for the answer to a message, and for a media connection to stand: slow networks take several"""
PING_SECONDS = 15.0
"""seconds of silence after which we ask whether the server is there; servers drop who is silent for 45"""
SERVER_SILENCE_SECONDS = 40.0
"""seconds without a word after which the connection counts as lost"""
CLIENT_MESSAGE_BYTES = 4 << 20
"""bytes of one message: the histories of large groups, and a margin"""
CHECK_SECONDS = 4.0
"""seconds between two checks that keep a path to our own media engine"""
CHECK_FIRST_SECONDS = 0.05
"""the same until the first was answered"""
