"""Bounds of transport: one name each, its unit and the reason beside it."""

DATAGRAM_BYTES = 2048
"""Bytes of one receive slot. Anything that fills it is dropped: media fits an Ethernet frame."""
RECEIVE_BATCH = 64
"""Datagrams read by one system call at most."""
WAKEUP_SECONDS = 0.004
"""Time one wake-up of the socket should take at most; the next batch is made smaller when it took longer."""
RECEIVE_BATCH_LEAST = 4
"""Datagrams read by one system call however long the last batch took."""
GATHER_SECONDS = 0.002
"""Pause between two reads of the socket while much arrives: adds half of it to a packet's delay."""
GATHER_BELOW_SECONDS = 0.003
"""The socket is read so when wake-ups came closer together than this on average: then one takes the place of
two."""
GATHER_SILENCE_SECONDS = 0.02
"""Longest pause that counts for that average."""
GATHER_COST_SECONDS = 0.001
"""The socket is not read so when one packet takes longer than this: waiting would gain nothing but delay."""
GATHER_LEAST = 0.5
"""Datagrams per read below which the socket is watched again."""
STANDSTILL_SECONDS = 2.0
"""Without a wake-up or a tick for so long, the process stood still; a tick comes every second."""
STANDSTILL_READS = 1024
"""Batches of old datagrams that are read at most after that: more than a granted buffer holds."""
SOCKET_BUFFER_BYTES = 4 * 1024 * 1024
"""Kernel buffer asked for in each direction: 100 ms of a full gigabit link, rarely granted in full."""
OUTBOX_BYTES = 512 * 1024
"""Bytes of protected packets gathered before they are sent: fits the second-level cache."""
OUTBOX_MESSAGES = 1024
"""Messages of one `sendmmsg` call; the kernel takes no more (UIO_MAXIOV)."""
OUTBOX_PACKETS = 2048
"""Packets of one `sendmmsg` call: as many as the block holds of audio."""
OUTBOX_COHORTS = 1024
"""Lists of receivers whose sessions and addresses are remembered; all are forgotten beyond that."""
OUTBOX_LAYOUTS = 1024
"""Combinations of packet lengths whose layout is remembered; all are forgotten beyond that."""
OUTBOX_CHUNK = 32
"""Packets of one batch laid out at once; longer batches are cut."""
SEGMENTS = 32
"""Packets of one UDP_SEGMENT run; the kernel's own bound is 64."""
SEGMENT_RUN_BYTES = 60_000
"""Bytes of one UDP_SEGMENT run; an IP packet's length field ends at 65,535."""
SSRCS_PER_PEER = 32
"""Synchronisation sources of one peer that have cipher state at a time; packets of more are dropped."""
SSRC_PERIOD_SECONDS = 10.0
"""A source must have been silent for a whole such period before it makes room for another."""
SSRCS_FORGOTTEN = 256
"""Sources of one peer that made room and are remembered in order to refuse them: a hundred screens."""
REPLAY_WINDOW = 1024
"""Packets an incoming packet may be late (RFC 3711 §3.3.2): a second of video."""
TRANSMIT_WINDOW = 1152
"""Packets a retransmission may be late: longer than any packet cache, and no more, for libsrtp shifts a
bitmap of this many bits with every packet it protects (4096 made that a fifth slower)."""
PATHS_PER_PEER = 16
"""Validated remote addresses kept for one peer."""
PATH_SECONDS = 30.0
"""A remote address without a check for so long is forgotten (RFC 7675 §5.1)."""
PATH_OWNED_SECONDS = 12.0
"""A remote address checked so recently cannot be claimed by another peer; full agents check every 5 s."""
CONSENT_SECONDS = 30.0
"""A peer without any check for so long is gone (RFC 7675 §5.1)."""
CONNECT_SECONDS = 30.0
"""From opening a peer to the end of its DTLS handshake."""
NOMINATION_HOLD_SECONDS = 0.5
"""A worse nominated path does not replace a better one nominated so recently."""
STUN_ATTRIBUTES = 32
"""Attributes of one STUN message."""
STUN_USERNAME_BYTES = 513
"""Bytes of USERNAME (RFC 8489 §14.3: fewer than 509; two ICE fragments of 256 and a colon)."""
DTLS_MTU = 1200
"""Bytes of one DTLS datagram: passes every tunnel of the IPv6 Internet."""
DTLS_FLIGHT_BYTES = 16 * 1024
"""Bytes of our last flight kept for retransmission: hello, certificate, key exchange, request."""
DTLS_MESSAGE_BYTES = 16 * 1024
"""Bytes that one handshake message may announce: a certificate chain, generously."""
DTLS_HANDSHAKE_BYTES = 64 * 1024
"""Bytes of handshake accepted from one peer before it is done; a browser needs 3 kB."""
DTLS_RETRANSMIT_SECONDS = 0.1
"""First wait for an answer to our flight; doubles (RFC 9147 §5.8.2 allows less than 1 s for media)."""
DTLS_RETRANSMIT_MAX_SECONDS = 1.6
"""Longest wait between two retransmissions of a flight."""
DTLS_LAST_FLIGHT_REPEATS = 4
"""Times the flight that ends the handshake is repeated, within 1.5 s, unless protected packets come in."""
DTLS_ANEW_SECONDS = 0.5
"""Between two handshakes that one peer begins: each costs us a signature."""
DTLS_ANEW_PATIENCE = 10.0
"""Time a handshake has that is to replace an association."""
DTLS_RETURN_SECONDS = 2.0
"""Time between a peer's goodbye and its next hello; browsers that mean to go on take some milliseconds."""
CANDIDATE_ADDRESSES = 16
"""Local addresses advertised; a host with many virtual interfaces would make every description long."""
INTERFACES_SECONDS = 10.0
"""Time the list of local addresses is believed."""
TCP_FRAME_BYTES = DATAGRAM_BYTES
"""Bytes of one frame of RFC 4571 accepted; the length field would allow 65,535."""
TCP_WRITE_BUFFER_BYTES = 256 * 1024
"""Bytes waiting for one TCP peer; half of it for packets as large as video."""
TCP_READ_BYTES = 64 * 1024
"""Bytes read from one TCP peer in one wake-up."""
TCP_SMALL_PACKET_BYTES = 400
"""Frames up to this size are taken for audio or reports when a TCP peer's buffer runs full."""
TCP_STRANGERS = 128
"""TCP connections that have not passed a check yet; the oldest goes."""
TCP_STRANGER_SECONDS = 10.0
"""Time a TCP connection has to pass its first check."""
TIMER_SECONDS = 1.0
"""Between two ticks in which the hub looks at itself, and notices that it stood still."""
