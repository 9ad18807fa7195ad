"""Bounds of the forwarding unit: one name each, its unit and the reason beside it."""

CACHE_PACKETS_MIN = 128
"""Packets kept of one encoding at least: two and a half seconds of audio."""
CACHE_SECONDS = 0.5
"""History kept of one encoding, on top of four round trips of its slowest receiver."""
SEQUENCE_DROPOUT = 3000
"""Packets a sequence number may jump ahead and still count as loss (RFC 3550 A.1, MAX_DROPOUT)."""
SEQUENCE_MISORDER = 1024
"""Packets a sequence number may lie behind and still be a late packet, not a new sequence: what the replay
window lets through."""
NACK_OUTSTANDING = 256
"""Missing packets asked for at once; beyond that a keyframe is cheaper than the packets."""
NACK_TRIES = 8
"""Requests for one packet before it is given up."""
NACK_SECONDS = 1.0
"""Age of a missing packet at which it is given up: nobody waits longer for a picture or a sound."""
NACK_REORDER_SECONDS = 0.008
"""Wait before the first request for a packet: late packets often arrive by themselves."""
NACK_REORDER_MAX_SECONDS = 0.05
"""Longest such wait, on paths that were seen to reorder."""
NACK_RETRY_SECONDS = 0.02
"""Shortest wait between two requests for one packet."""
NACK_PACKET_SEQUENCES = 128
"""Sequence numbers in one NACK that we send: fits one datagram even if each takes its own four bytes."""
NACK_MISS_SECONDS = 0.05
"""Requests of receivers that the cache cannot serve are gathered for so long before they go upstream."""
RESEND_BURST = 256
"""Packets resent to one receiver at once, at most."""
RESEND_BURST_SECONDS = 0.6
"""The same, as time of what the receiver is sent: a short outage is repaired, a full path not flooded."""
RESEND_BURST_MIN = 64
"""The same for slow streams, where a keyframe is most of a second."""
RESEND_SHARE = 0.5
"""Resent packets, as a share of the packets that one receiver is sent."""
RESEND_RATE_MIN = 20.0
"""Packets per second that may be resent to one receiver, whatever it is sent."""
RESEND_AGAIN_SECONDS = 0.02
"""The same packet is not resent to the same receiver before so long, or one round trip."""
REWRITE_HISTORY = 512
"""Packets of one rewritten stream that can be resent, and intervals remembered for late packets."""
KEYFRAME_INTERVAL_SECONDS = 0.5
"""Shortest time between two keyframe requests for one encoding."""
KEYFRAME_RETRY_MAX_SECONDS = 4.0
"""Longest wait until a keyframe request that was not answered is repeated."""
LATE_JOIN_PACKETS = 96
"""Packets since the last keyframe that are given to a receiver who joins; more and a new one is asked for."""
LATE_JOIN_SECONDS = 2.0
"""Age of the last keyframe up to which the same is done."""
GROUP_OF_PICTURES_SECONDS = 4.0
"""The same two where the sender cannot be asked for a keyframe, as FFmpeg's cannot: so much is kept, and
given to who joins, who would else see nothing until the next one."""
SEQUENCE_END_PACKETS = 512
"""Receivers who join so shortly before or behind the place where sequence numbers wrap are given others:
packets of two seconds, in which the first may be lost or late."""
REPORT_UP_SECONDS = 1.0
"""Time between two reports (RR, CNAME, REMB) to a sender."""
REPORT_IDLE_SECONDS = 5.0
"""The same while nothing comes (RFC 3550 §6.2: the usual shortest interval)."""
REPORT_FIRST_SECONDS = 0.1
"""Time from a sender's first packet to the first report: a browser doubts its uplink until it has one."""
REPORT_DOWN_SECONDS = 1.0
"""Time between two sender reports to a receiver."""
ENCODING_IDLE_SECONDS = 1.5
"""A simulcast encoding that sent nothing for so long is taken for switched off."""
RATE_ENCODINGS = 1_500_000
"""Bits per second that a sender of several encodings is asked for at least: browsers then send a large one
beside a small one. Who cannot take it is sent the small one."""
RATE_MIN = 200_000
"""Bits per second that are asked of a video sender at least."""
RATE_START = 2_000_000
"""Bits per second that a receiver is believed to take before it reported anything."""
RATE_IDLE = 1_000_000
"""Bits per second asked of a video sender that nobody watches: ready when somebody comes."""
RATE_MAX = 100_000_000
"""Bits per second that an estimate never exceeds."""
RATE_ESTIMATE_MIN = 10_000
"""Bits per second that an estimate never goes below."""
REMB_SECONDS = 10.0
"""A receiver's REMB older than this no longer counts."""
ROUND_TRIP_QUEUE_SECONDS = 0.05
"""A round trip that is longer than the shortest by more shows a queue on the path."""
ROUND_TRIP_MEMORY_SECONDS = 60.0
"""Time over which the shortest round trip is remembered; routes change."""
LAYER_PROBE_SECONDS = 3.0
"""Time that a step to a better layer is given to prove itself."""
LAYER_BACKOFF_SECONDS = 4.0
"""First wait after a step up that failed; doubles each time."""
LAYER_BACKOFF_MAX_SECONDS = 10.0
"""Longest such wait."""
ROUND_TRIP_MAX_SECONDS = 10.0
"""A longer round trip is a broken report."""
WIDE_HISTORY = 4096
"""Transport-wide numbers of one stream that are remembered, a power of two: eight seconds of a fast one."""
WIDE_AGAIN = 256
"""Numbers of packets sent again to one receiver that are remembered: as many as are resent at once."""
WIDE_STEP_MS = 3000
"""Milliseconds between two groups of packets beyond which the receiver's clock was set."""
ARRIVING_SECONDS = 0.5
"""Time over which the rate that arrives is measured: two or three feedback messages at least."""
LOSS_SECONDS = 0.9
"""Time between two changes of the estimate by loss: browsers report about once a second."""
LOSS_PACKETS = 20
"""Packets from which their loss says something."""
PROBE_SECONDS = 0.1
"""Length of a burst that tries whether a line carries more."""
PROBE_PAUSE_SECONDS = 1.0
"""Time after which a burst is given up of which nothing was heard."""
PROBE_WAIT_SECONDS = 1.5
"""Wait after a burst that the line did not carry; doubles each time."""
PROBE_WAIT_MAX_SECONDS = 4.0
"""Longest such wait."""
PROBE_MORE = 50_000
"""Bits per second that are tried on top, so that a burst has packets enough."""
PROBE_ROOM = 1.1
"""What is tried at most, as a multiple of what could be used."""
PROBE_LOSS = 0.05
"""Loss from which nothing is tried: more would only be lost."""
PROBE_ECHO_SECONDS = 0.2
"""Time after a burst in which the queue that it made is no sign of anything."""
TREND_SECONDS = 0.3
"""Time for which a path's trend counts when nothing more is heard of it: silent microphones send little."""
LOSS_AFTER_SECONDS = 1.2
"""Time after a decrease in which reports are of what was lost before it."""
PAUSED_SECONDS = 4.0
"""Time for which a video that a line had no room for stays paused at least."""
QUEUE_AFTER_SECONDS = 2.0
"""Time after a decrease in which a queue may still be that of before."""
CALM_MS = 10.0
"""Milliseconds of delay more than the fastest packets' up to which a path is calm: a frame's own length on a
line of a few megabits per second."""
CALM_MESSAGES = 10
"""Messages of feedback, about a second, after which a path that was not calm is so again."""
CALM_MEMORY_SECONDS = 20.0
"""Time for which the fastest packets are remembered: clocks drift, by some milliseconds in a minute."""
VOICE_LEVEL = 45
"""Decibels below the loudest up to which a packet of sound is taken for speech; rooms hum at 60."""
VOICE_PACKETS = 3
"""Loud packets that make speech: a click has one or two."""
VOICE_PAUSE_SECONDS = 0.6
"""Time without a loud packet that ends it; between words it is half of that."""
