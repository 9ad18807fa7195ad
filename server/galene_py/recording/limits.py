"""Bounds of recording: one name each, its unit and the reason beside it."""

QUEUE_BYTES = 32 << 20
"""Bytes that wait for one writer at most: six seconds of sixteen streams, longer than a disk stalls when it
is well."""
QUEUE_RESUME_BYTES = 16 << 20
"""Bytes of it below which packets are taken again once it was full."""
CONTROL_BYTES = 4 << 20
"""Bytes that wait beyond `QUEUE_BYTES` so that no message about people and streams is lost. A writer that is
so far behind has failed."""
MESSAGE_BYTES = 48 << 10
"""Bytes of one message to the writer: the kernel's default buffer of a socket holds several."""
PACKETS_SECONDS = 0.04
"""Time for which packets are gathered: to wake the writer for each would cost more than to forward it."""
MESSAGE_PACKETS = 24
"""Packets of one message: as many of the longest as `MESSAGE_BYTES` hold."""
NAME_BYTES = 60
"""Bytes of a person's name, and of what a stream shows, in the name of a file: a file system takes 255."""
NAME_TRIES = 100
"""Recordings of one group that begin in the same second, and files of the same name in one recording."""
LATE_SECONDS = 1.0
"""Time that a missing packet is waited for: retransmission gives up after as long."""
LATE_PACKETS = 2048
"""Packets of one track that wait behind a missing one."""
HOLD_SECONDS = 6.0
"""Time that media is held until the sender has said which instant its timestamps mean; browsers do so for
sound every five seconds. The engine guesses after five."""
HOLD_BYTES = 32 << 20
"""Bytes of one stream that are held."""
START_SECONDS = 2.0
"""Time that a stream's sound waits for its picture, so that both are in one file from the start."""
KEYFRAME_WAIT_SECONDS = 4.0
"""Time that the next file waits for a keyframe of a picture that goes on in it."""
FLOWING_SECONDS = 1.0
"""A picture that came within so long is expected to go on."""
KEYFRAME_SECONDS = 1.0
"""Time between two requests for a keyframe of one track."""
CLOCK_STEP_SECONDS = 0.04
"""What a track's timestamps mean is followed at once when it is off by more, as lips and voice then are; it
was guessed before, or a clock was set. Otherwise slowly."""
CLOCK_SLEW_SECONDS = 0.005
"""Most that a track's clock is moved at once, about every second: nobody hears or sees it."""
SILENCE_SECONDS = 0.06
"""A longer gap in sound is filled with silence, which players need."""
SILENCE_AFTER_SECONDS = 1.6
"""Time after which a track that sends no sound is filled with silence: later than any late packet."""
CLUSTER_SECONDS = 1.0
"""Length of a WebM cluster: what is lost at the end of a file whose writer is killed."""
SYNC_SECONDS = 2.0
"""Time between two times that files are forced onto the disk: what is lost when the power fails."""
SIDECAR_SECONDS = 2.0
"""Shortest time between two times that the JSON file is written."""
SPACE_SECONDS = 2.0
"""Time between two looks at the space on the disk."""
USAGE_SECONDS = 10.0
"""Time between two times that the directory's bytes are counted."""
FREE_STOP_BYTES = 256 << 20
"""Free bytes of the disk below which recording stops: the server's state lives there, too."""
FREE_WARN_BYTES = 1 << 30
"""Free bytes below which operators are warned."""
WARN_SHARE = 0.9
"""Part of a limit from which operators are warned."""
CHAT_LINES = 10_000
"""Chat messages that a recording keeps."""
CHAT_BYTES = 16 << 10
"""Bytes of one chat message that a recording keeps; longer ones are left out."""
PEOPLE = 10_000
"""Arrivals that a recording keeps."""
SPOKEN = 100_000
"""Stretches of speech that a recording keeps."""
FILES = 10_000
"""Files of one recording: a sender that changes its codec for ever must not fill the directory."""
GAPS = 10_000
"""Gaps that a recording keeps."""
SPEECH_LEVEL = 45
"""-dBov (RFC 6464): louder sound counts as speech."""
SPEECH_PAUSE_SECONDS = 1.0
"""Longest silence within one stretch of speech."""
SPEECH_SECONDS = 0.3
"""Shortest stretch of speech that is kept: neither a cough nor a click."""
CLOSE_SECONDS = 2.5
"""Time that a server which stops waits for its writers; they finish on their own if it takes longer."""
WARN_AGAIN_SECONDS = 60.0
"""Time between two warnings about the same thing."""
NICENESS = 5
"""Of the writer: media comes first."""
WRITER_TICK_SECONDS = 0.25
"""Time between two looks at what is due in the writer."""
NOTICE_BYTES = 16 << 10
"""Bytes of one message from the writer to the server."""
SHELF_ENTRIES = 2000
"""Recordings of one group that are listed, the newest: five years of one each day."""
SHELF_PEOPLE = 50
"""Names of people that are told of one recording in a list; nobody reads more."""
