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
RETRY_SECONDS_FIRST = 1.0
"""seconds before the first attempt to come back; each further one waits twice as long"""
RETRY_SECONDS_MOST = 30.0
"""seconds before an attempt to come back, at most"""
TAKE_TICK_SECONDS = 0.25
"""seconds between two looks at what is due in a file that is written"""
CHECK_SECONDS = 4.0
"""seconds between two checks that keep a path to our own media engine"""
CHECK_FIRST_SECONDS = 0.05
"""the same until the first was answered"""
PLAY_AHEAD = 64
"""packets or pictures of one kind that are read ahead: two seconds, and no film as a whole in memory"""
PLAY_STOP_SECONDS = 3.0
"""seconds that a reading thread has to stop"""
PLAY_LATE_SECONDS = 1.0
"""seconds by which something may be late and still be sent at once; else the clock is set anew"""
PLAY_KEYFRAME_SECONDS = 5.0
"""seconds between keyframes up to which a film is sent as it is: who comes late waits for one"""
PLAY_LOOK_SECONDS = 20.0
"""seconds of a film in which its keyframes are looked at before it is played"""
