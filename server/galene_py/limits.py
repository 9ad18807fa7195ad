"""Every bound of the server: queues, caches, tables, strings, messages, timers.

One name per bound, its unit and the reason beside it. Grouped by room. Longer than other modules on
purpose: it is a table, and one place to look beats several.
"""

# --- web, listener, configuration files ---

WEBSOCKET_MESSAGE_BYTES = 1 << 20
"""bytes of one WebSocket message; the protocol's own limit"""
WEBSOCKET_QUEUE_MESSAGES = 100
"""messages waiting for one client; a full queue drops that client, never the room"""
WEBSOCKET_WRITE_SECONDS = 0.5
"""seconds that one write to one client may be blocked before that client is dropped"""
WEBSOCKET_CLOSE_SECONDS = 1.0
"""seconds for the closing handshake; the client is gone or broken after that"""
WEBSOCKET_BURST_MESSAGES = 16
"""messages of one client handled in a row before other clients get their turn"""
WEBSOCKET_POLL_SECONDS = 1.0
"""seconds between two looks at a client's timers; they are 15 s and longer"""
HTTP_BODY_BYTES = 1 << 20
"""bytes of a request body; the administration interface's own limit"""
HTTP_KEEPALIVE_SECONDS = 75.0
"""seconds until an idle connection, or one that never finishes its request, is closed"""
ACCEPTS_PER_WAKEUP = 64
"""connections accepted in one turn of the event loop, so that a flood does not starve media"""
UNDECIDED_CONNECTIONS = 512
"""accepted connections that have not sent their first byte; the oldest is closed beyond that"""
FIRST_BYTE_SECONDS = 20.0
"""seconds an accepted connection may stay silent"""
TLS_HANDSHAKE_SECONDS = 10.0
"""seconds for a TLS handshake"""
ACCEPT_PAUSE_SECONDS = 0.5
"""seconds without accepting after the process ran out of file descriptors"""
LISTEN_BACKLOG = 256
"""connections the kernel holds for us"""
PLAIN_REQUEST_BYTES = 8192
"""bytes of a plain-HTTP request on the TLS port that are read in order to redirect it"""
PAGE_CACHE_PAGES = 256
"""rendered pages kept compressed; a page is a few kilobytes"""
PRELOADED_MODULES = 200
"""modules of the client that a page asks for in advance; more is a mistake"""
STATIC_CACHE_FILES = 512
"""static files kept in memory, compressed; far more than the client has"""
STATIC_MEMORY_BYTES = 1 << 20
"""bytes; a static file larger than this is read from disk for each uncompressed answer"""
STATIC_COMPRESS_BYTES = 32 << 20
"""bytes; a larger file is never compressed"""
STATIC_SCAN_SECONDS = 1.0
"""seconds between two looks at the static tree for changed files"""
STATISTICS_PORTION = 32
"""clients and connections whose statistics are collected before the event loop may do something else"""
STATIC_CHUNK_BYTES = 1 << 18
"""bytes read from disk in one go while a large file is sent"""
URL_PATH_BYTES = 2048
"""bytes of a request's path; longer names belong to nobody"""
CONFIG_FILE_BYTES = 4 << 20
"""bytes of a configuration file"""
CONFIG_CHECK_SECONDS = 0.5
"""seconds between two looks at a configuration or certificate file for a change"""
ICE_CREDENTIAL_SECONDS = 24 * 3600
"""seconds for which time-limited TURN credentials are valid"""
SELF_SIGNED_DAYS = 397
"""days a self-signed certificate lasts; browsers refuse much longer ones"""
SELF_SIGNED_RENEW_DAYS = 30
"""days before the end at which a self-signed certificate is replaced"""
SELF_SIGNED_RETRY_SECONDS = 3600
"""seconds until the next attempt if a self-signed certificate cannot be replaced"""
SHUTDOWN_GOODBYE_SECONDS = 1.5
"""seconds given to clients for taking the last message before their connections are cut"""
SHUTDOWN_SECONDS = 4.0
"""seconds after which shutting down stops waiting for anything"""
FILE_DESCRIPTORS_WANTED = 65536
"""file descriptors; the soft limit is raised to this where the hard limit permits"""
FILE_DESCRIPTORS_LOW = 4096
"""file descriptors; fewer than this and the admin is warned"""

# --- SDP (transport/sdp*.py) ---
SDP_BYTES = 256 * 1024
"""Characters of one session description. A browser's offer of two sections is 6 kB; 64 sections fit."""
SDP_LINES = 8_000
"""Lines of one session description. Chromium writes about 110 lines for one video section."""
SDP_LINE_BYTES = 8 * 1024
"""Characters of one line: candidates and format parameters stay far below."""
SDP_SECTIONS = 64
"""m= sections of one session description; a stream has two, a few more after many renegotiations."""
SDP_LIST = 128
"""Entries of any list inside one section (ssrc, extmap, rid, candidate, payload types)."""
SDP_TOKEN = 64
"""Characters of a mid, a rid or a codec's name: they are repeated in what we send."""
SDP_ENCODINGS = 3
"""Simulcast encodings taken of one section; browsers send up to three."""

# --- transport ----------------------------------------------------------------------------------------------

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
"""The socket is read so when wake-ups came in shorter succession than this on average: one does for two."""
GATHER_SILENCE_SECONDS = 0.02
"""Longest pause that counts for that average."""
GATHER_COST_SECONDS = 0.001
"""The socket is not read so when one packet takes longer than this: waiting would gain nothing but delay."""
GATHER_LEAST = 0.5
"""Datagrams per read below which the socket is watched again."""
STANDSTILL_SECONDS = 2.0
"""Without a wake-up or a tick for so long, the process stood still; the slower tick comes every second."""
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
OUTBOX_AUDIENCES = 1024
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
bitmap of this many bits with every packet it protects (4096 made that a fifth dearer)."""
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
TIMER_FAST_SECONDS = 0.05
"""Tick of the hub's timer while a handshake is under way."""
TIMER_SLOW_SECONDS = 1.0
"""Tick of the hub's timer otherwise."""

# --- signalling: messages, one client's session ---

SIGNAL_MESSAGE_BYTES = 1 << 20
"""bytes of one signalling message; the protocol's own limit"""
SIGNAL_JSON_DEPTH = 32
"""levels of nesting in one message; the protocol itself needs five"""
SIGNAL_JSON_NODES = 20_000
"""values in one message, keys included: a complex message must not hold up the others"""
SIGNAL_INTEGER = (1 << 63) - 1
"""largest absolute integer in a message; larger ones do not survive in other people's programs"""
SIGNAL_NAME_CHARS = 512
"""characters of an identifier, a name, a kind or a label"""
SIGNAL_TEXT_CHARS = 16_384
"""characters of a password or a token; signed tokens with many claims reach a few thousand"""
SIGNAL_SDP_CHARS = 262_144
"""characters of a session description; browsers send 2,000 to 20,000"""
SIGNAL_LIST_ITEMS = 64
"""items in a list of versions, permissions, labels or requested kinds"""
SIGNAL_CANDIDATE_BYTES = 4096
"""bytes of one ICE candidate; real ones have 200"""
SIGNAL_VALUE_BYTES = 65_536
"""bytes of the value of a chat or user message, as it is stored and sent to everybody"""
SIGNAL_DATA_BYTES = 16_384
"""bytes of the data that hangs on a user or on a group, after every change"""
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
SIGNAL_PENDING_BYTES = 1 << 20
"""bytes of those messages"""
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

# --- conference: rooms, members, streams ---

STREAMS_PER_CLIENT = 16
"""streams that one client may publish; a camera and a few screens are four"""
SUBSCRIBE_BURST = 500
"""subscriptions that one receiver may begin at once: everything in a large room, a few times over"""
SUBSCRIBE_RATE = 50.0
"""subscriptions per second that one receiver may begin for long; further ones wait for the next look at it"""
MEDIA_RETRIES = 3
"""times in a row that a stream is offered again to a receiver whose connection died"""
UNWANTED_SECONDS = 2.0
"""seconds for the answer to an offer of a stream that is not wanted any more; then the stream ends without"""
MEDIA_GRACE_SECONDS = 2.0
"""seconds between a sender's connection being gone and its stream being ended, for a replacement to come"""
MEDIA_RETRY_SECONDS = 120.0
"""seconds after which an earlier loss does not count any more; a connection is given up after 30"""
COURIER_PORTION = 40
"""messages handed to one connection per turn of the event loop, well below its queue's length"""
COURIER_MESSAGES = 4096
"""messages that may wait for later turns: joining a room brings one per member and per kept chat line"""
COURIER_BYTES = 8 << 20
"""bytes of those messages"""

# --- Engine (engine/) ---
ENGINE_TICK = 0.004
"""Seconds: the engine's timer is not armed for less, so that work that is due together is done together."""
ENGINE_PEERS = 4096
"""Connections of one process, both directions: beyond what one core forwards, far below what memory holds."""
ENGINE_LEARNT_SSRCS = 32
"""SSRCs a session may bring in that its description did not announce, between two descriptions."""
ENGINE_CANDIDATES = 256
"""Trickled candidates of one peer that are looked at; an ICE-lite server needs none of them."""
ENGINE_REPORT_INTERVAL = 1.0
"""Seconds between sender reports (with CNAME) to one receiver: as often as browsers report."""
ENGINE_REPORT_RETRY = 0.3
"""The same while there is nothing to report, because the sender has not said what its timestamps mean."""
ADMISSION_ATTEMPTS = 3
"""times a join is checked again because the group's file changed during the check"""
FAILED_JOINS = 20
"""joins of one connection that may fail before it is closed"""
RETURN_SECONDS = 120.0
"""seconds in which a member whose connection was lost may come back to a group that is locked meanwhile"""
OPERATOR_RETURN_SECONDS = 30.0
"""seconds in which the last operator may come back before a group with `autokick` ends; our client tries
every eight at least"""
RETURN_SEATS = 256
"""members of one group that are waited for in this way; those lost first are forgotten beyond that"""
RETURN_SECRET_BYTES = 16
"""random bytes by which such a member is known again"""
LOCK_MESSAGE_CHARS = 1024
"""characters of the reason that people get who find a group locked"""

# --- groups: names, descriptions, passwords, tokens, chat history ---

GROUP_NAME_CHARS = 512
"""characters of a group's name, all levels together"""
GROUP_SEGMENT_BYTES = 240
"""bytes of one level of a group's name: a file system's 255 less the ending and a temporary prefix"""
USER_NAME_CHARS = 256
"""characters of a user's name"""
GROUP_FILE_BYTES = 4 << 20
"""bytes of a group file: tens of thousands of users"""
GROUPS_SCANNED = 100_000
"""group files looked at in one walk of the directory"""
GROUPS_IDLE = 1024
"""groups kept in memory though nobody is there; automatic subgroups could otherwise be made without end"""
GROUP_CHECK_SECONDS = 1.0
"""seconds between two looks at the files of groups that have members"""
GROUP_SCAN_SECONDS = 10.0
"""seconds between two looks at all group files, done in a thread"""
RACY_FILE_SECONDS = 0.05
"""seconds; a file changed so recently may change again without a new time stamp, and is read again"""
HISTORY_MESSAGES = 50
"""chat messages kept per group, as in Galène"""
HISTORY_BYTES = 256 << 10
"""bytes of them, as they are sent: whoever joins over a slow line gets them all at once"""
HISTORY_DEFAULT_SECONDS = 14_400
"""seconds chat messages are kept unless the group says otherwise"""
HASHES_WAITING = 256
"""password comparisons under way or waiting; the next one is told that the server is busy"""
ADMIN_KNOWN_SECONDS = 60.0
"""seconds in which an administrator's password is not hashed again: the statistics page asks every second"""
ADMINS_KNOWN = 64
"""administrators known in this way; the one known for the longest time is forgotten beyond that"""
DISK_JOBS_WAITING = 256
"""invitations waiting to be stored or looked up; whoever asks next is told that the server is busy"""
HASH_NICENESS = 10
"""niceness of the hashing threads: media goes first"""
BCRYPT_COST = 10
"""binary logarithm of the rounds for new passwords: about 50 ms"""
BCRYPT_COST_MAX = 16
"""largest cost accepted from a file: several seconds"""
BCRYPT_BYTES = 72
"""bytes of a password that bcrypt looks at"""
PBKDF2_ITERATIONS = 600_000
"""iterations for new passwords, as OWASP advises for SHA-256"""
PBKDF2_ITERATIONS_MAX = 10_000_000
"""largest number of iterations accepted from a file: several seconds"""
PBKDF2_BYTES = 1024
"""bytes of a PBKDF2 key or salt"""
FAILED_LOGIN_SECONDS = 0.2
"""seconds by which the answer to a failed login is delayed"""
AUTH_KEYS = 64
"""keys of one group that are tried for a signed token"""
TOKEN_FILE_BYTES = 64 << 20
"""bytes of the file of stateful tokens"""
TOKENS_PER_GROUP = 1000
"""stateful tokens that the members of one group may keep there"""
TOKEN_BYTES = 8
"""random bytes of a stateful token; 64 bits cannot be guessed over a network"""
TOKEN_KEEP_SECONDS = 7 * 24 * 3600
"""seconds an expired token is kept, so that it can be listed and prolonged"""
TOKEN_LEEWAY_SECONDS = 5
"""seconds by which clocks may differ when a signed token is checked"""

# --- install-mediapipe ---

INSTALL_CLIENT_SECONDS = 1800.0
"""seconds one run of npm or pip may take; 35 MB over a very slow line"""
INSTALL_SETUP_SECONDS = 120.0
"""seconds for making a temporary environment, or for npm to say its version"""
INSTALL_POLL_SECONDS = 0.1
"""seconds between two updates of the progress bar"""
INSTALL_SPARE_BYTES = 32_000_000
"""room on the disk that an installation needs beside the files that it fetches"""
INSTALL_MESSAGE_CHARS = 300
"""characters of a package client's own message that are passed on"""

# --- RTP and RTCP (rtp/) ---
RTCP_PACKETS = 64
"""RTCP packets of one compound that are looked at; browsers send up to six."""
RTCP_NACK_SEQUENCES = 1024
"""Sequence numbers taken of one NACK: a whole packet cache. Longer ones are cut."""
RTCP_CNAME_BYTES = 255
"""Bytes of a CNAME; its length field has one byte (RFC 3550 §6.5)."""

# --- Forwarding unit (sfu/) ---
CACHE_PACKETS_MIN = 128
"""Packets kept of one encoding at least: two and a half seconds of audio."""
CACHE_PACKETS_MAX = 1024
"""Packets kept of one encoding at most: about 1.2 MB of video."""
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
SEQUENCE_END_PACKETS = 512
"""Receivers who join so shortly before or behind the place where sequence numbers wrap are given others:
packets of two seconds, in which the first may be lost or late."""
REPORT_UP_SECONDS = 1.0
"""Time between two reports (RR, CNAME, REMB) to a sender."""
REPORT_FIRST_SECONDS = 0.1
"""Time from a sender's first packet to the first report: a browser doubts its uplink until it has one."""
REPORT_DOWN_SECONDS = 1.0
"""Time between two sender reports to a receiver."""
REPORT_GRID_SECONDS = 0.1
"""They leave at multiples of this, those of many receivers together; one may come so much early."""
ENCODING_IDLE_SECONDS = 1.5
"""A simulcast encoding that sent nothing for so long is taken for switched off."""
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

# --- ctl ---

CTL_SECONDS = 30.0
"""seconds ctl waits for an answer"""
CTL_ANSWER_BYTES = 64 << 20
"""bytes of an answer that ctl reads: a list of very many groups"""
