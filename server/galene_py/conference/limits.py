"""Bounds of rooms, members and streams: one name each, its unit and the reason beside it."""

SIGNAL_CANDIDATE_BYTES = 4096
"""bytes of one ICE candidate; real ones have 200"""
SIGNAL_VALUE_BYTES = 65_536
"""bytes of the value of a chat or user message, as it is stored and sent to everybody"""
SIGNAL_DATA_BYTES = 16_384
"""bytes of the data that hangs on a user or on a group, after every change"""
STREAMS_PER_CLIENT = 16
"""streams that one client may publish; a camera and a few screens are four"""
SUBSCRIBE_BURST = 500
"""subscriptions that one receiver may begin at once: everything in a large room, a few times over"""
SUBSCRIBE_RATE = 50.0
"""subscriptions per second that one receiver may begin for long; further ones wait for the next look at it"""
MEDIA_RETRIES = 3
"""times in a row that a stream is offered again to a receiver whose connection died"""
UNWANTED_SECONDS = 2.0
"""seconds for the answer to an offer of a stream that is not wanted any more; then it ends without one"""
MEDIA_GRACE_SECONDS = 2.0
"""seconds between a sender's connection being gone and its stream being ended, for a replacement to come"""
MEDIA_RETRY_SECONDS = 120.0
"""seconds after which an earlier loss does not count any more; a connection is given up after 30"""
SEND_BUFFER_PORTION = 40
"""messages handed to one connection per turn of the event loop, well below its queue's length"""
SEND_BUFFER_MESSAGES = 4096
"""messages that may wait for later turns: joining a room brings one per member and per kept chat line"""
SEND_BUFFER_BYTES = 8 << 20
"""bytes of those messages"""
ADMISSION_ATTEMPTS = 3
"""times a join is checked again because the group's file changed during the check"""
FIRST_STEPS_SECONDS = 10.0
"""seconds after coming in during which an error of ours counts as a failure to come in"""
FAILED_JOINS = 20
"""joins of one connection that may fail before it is closed"""
LOCK_MESSAGE_CHARS = 1024
"""characters of the reason that people get who find a group locked"""
DISK_JOBS_WAITING = 256
"""invitations waiting to be stored or looked up; whoever asks next is told that the server is busy"""
SEND_SECONDS = 15e-6
"""seconds that writing one message to one connection costs later; its cause pays, so that whoever talks in a
room of hundreds is slowed down before the room is"""
BRING_PORTION = 32
"""subscriptions that are begun or changed for one client before others have their turn: a few milliseconds"""
REACTION_CHARS = 16
"""characters of a reaction to a message: one emoji, of several code points"""
REACTION_BYTES = 200
"""bytes that telling of one reaction takes, as counted against what a room may be sent"""
