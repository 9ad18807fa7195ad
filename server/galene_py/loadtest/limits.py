"""Bounds of load tests."""

LOAD_CONNECT_SECONDS = 15.0
"""For one media connection to stand: a server that is busy takes several."""

LOAD_CHECK_SECONDS = 0.1
"""Between two connectivity checks until one was answered: RFC 8445 §14 has 50 ms for one candidate."""

LOAD_CONSENT_SECONDS = 5.0
"""Between two checks afterwards (RFC 7675 §5.1)."""

HANDSHAKE_SECONDS = 0.25
"""After which an unanswered DTLS flight is sent again; doubled each time."""

REPORT_SECONDS = 1.0
"""Between two receiver reports, as of browsers."""

LOAD_TICK_SECONDS = 0.005
"""Between two looks at what is due: a quarter of a packet of sound."""

READ_AT_ONCE = 64
"""Datagrams read in a row from one connection, so that the others get their turn."""

RECEIVE_BUFFER_BYTES = 1 << 19
"""Of each receiver's socket: a second of a camera, while this process does something else."""

HISTORY_PACKETS = 1024
"""That a sender can send again: two seconds of a large video."""

REORDER_SECONDS = 0.02
"""After which a missing packet is asked for."""

LOAD_NACK_TRIES = 4
"""How often it is asked for."""

NACK_AGAIN_SECONDS = 0.1
"""Between two times: a round trip of most networks."""

GIVE_UP_SECONDS = 1.0
"""After which a missing packet is lost: no picture waits longer."""

CATCH_UP_SECONDS = 1.0
"""After the first packet, in which delays do not count: servers begin with what they kept since the last
keyframe."""

KEYFRAME_AGAIN_SECONDS = 1.0
"""After which a receiver that has no keyframe yet asks for one."""

ABLE_BITS_PER_SECOND = 20_000_000
"""That receivers claim to take (REMB): more than any camera."""

PACKET_BYTES = 1150
"""Payload of a packet of video."""

DELAY_SAMPLES = 200_000
"""Delays that are kept, evenly chosen: for percentiles to three digits."""

LOAD_PEOPLE = 5000
"""In one test."""
