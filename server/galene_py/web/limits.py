"""Bounds of pages, WebSockets and the listener: one name each, its unit and the reason beside it."""

WEBSOCKET_MESSAGE_BYTES = 1 << 20
"""bytes of one WebSocket message; the protocol's own limit"""
WEBSOCKET_QUEUE_MESSAGES = 8192
"""messages waiting for one client; a full queue drops that client, never the room"""
WEBSOCKET_QUEUE_BYTES = 4 << 20
"""bytes of them: all that a slow line is sent while it takes something"""
WEBSOCKET_WRITER_BYTES = 16_384
"""bytes written to one client between two looks at whether its line takes them"""
WEBSOCKET_STALL_SECONDS = 4.0
"""seconds in which a client must take something of what it is sent, however slowly"""
INTAKE_PORTION_BYTES = 8_192
"""bytes of a WebSocket that are parsed in one turn: half a millisecond, even of the smallest frames"""
REQUEST_PORTION_BYTES = 1_024
"""bytes of requests that are parsed in one turn: two milliseconds at most, even of the smallest chunks"""
UNHANDLED_BYTES = 32 << 20
"""bytes that all WebSockets together may have sent without their being handled: unfinished messages, mostly;
beyond, one of the largest is cut off"""
REQUEST_BUFFER_BYTES = 4_096
"""bytes of a request's body after which no more is read until its handler took them, and as many again: in
chunks of one byte, taking them lasts two milliseconds"""
PAGES_SHARE = 0.5
"""share of one processor that pages for one network may take for long"""
PAGES_BURST_SECONDS = 10.0
"""seconds that they may take at once: a class of 300 loads the client"""
REQUEST_SECONDS = 150e-6
"""seconds that a request costs besides its handler: reading it, and writing the answer"""
CONNECTION_SECONDS = 200e-6
"""seconds that a connection costs: accepting it, and its end"""
TLS_CONNECTION_SECONDS = 1.5e-3
"""seconds that a connection with TLS costs: its handshake, mostly"""
WEBSOCKET_POLL_SECONDS = 1.0
"""seconds between two looks at a client's timers; they are 15 s and longer"""
HTTP_BODY_BYTES = 1 << 20
"""bytes of a request body; the administration interface's own limit"""
HTTP_KEEPALIVE_SECONDS = 75.0
"""seconds until an idle connection, or one that never finishes its request, is closed"""
HTTP_WRITE_SECONDS = 30.0
"""seconds in which a client must read what fills its connection's buffer: 50 kB, the slowest of lines"""
HTTP_CLOSING_SECONDS = 10.0
"""seconds that a connection which is closed may take to be rid of its last bytes; twice that at most"""
HTTP_BODY_SECONDS = 30.0
"""seconds in which the whole body of a request must have come; it has a megabyte at most"""
UNREAD_SECONDS = 30.0
"""seconds after which the kernel gives up a connection whose bytes are not acknowledged or not taken"""
ORIGIN_CONNECTIONS_SHARE = 4
"""one part in so many of the descriptors may be connections of one origin: a university has one address"""
ORIGIN_CONNECTIONS_LEAST = 128
"""connections that one origin may have in any case; a page loads over six"""
DESCRIPTORS_KEPT_BACK = 128
"""descriptors, but an eighth at most, that are not given to connections: files are opened with them"""
DESCRIPTORS_ASSUMED = 65536
"""descriptors of a process that has no limit"""
UNDECIDED_CONNECTIONS = 512
"""accepted connections that have not sent their first byte; the oldest is closed beyond that"""
FIRST_BYTE_SECONDS = 20.0
"""seconds an accepted connection may stay silent"""
TLS_HANDSHAKE_SECONDS = 10.0
"""seconds for a TLS handshake"""
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
SELF_SIGNED_DAYS = 397
"""days a self-signed certificate lasts; browsers refuse much longer ones"""
SELF_SIGNED_RENEW_DAYS = 30
"""days before the end at which a self-signed certificate is replaced"""
SELF_SIGNED_RETRY_SECONDS = 3600
"""seconds until the next attempt if a self-signed certificate cannot be replaced"""
SHUTDOWN_GOODBYE_SECONDS = 1.5
"""seconds given to clients for taking the last message before their connections are cut"""
BUSY_RETRY_SECONDS = 5
"""seconds after which whoever was told that the server is busy may try again"""
PUBLIC_GROUPS_PORTION = 40
"""public groups whose part of the landing page is made before others get their turn; each takes 30 µs"""
PUBLIC_LIST_SHARE = 0.05
"""share of the time in which the list of public groups may be made anew, however often it changes"""
PUBLIC_LIST_BURST_SECONDS = 0.05
"""seconds of it at once: small servers always show how it is"""
PAGE_PACKED_ASIDE_BYTES = 65_536
"""bytes of a page from which on it is compressed in a thread"""
RECORDING_SESSION_SECONDS = 12 * 3600.0
"""seconds after which whoever looks at recordings signs in again, as administrators do: a working day"""
RECORDING_SESSIONS = 4096
"""people who are signed in to see recordings; the one who came first is signed out beyond that"""
RECORDING_SESSIONS_EACH = 16
"""of one account: tabs that were opened anew and never closed"""
RANGES = 16
"""ranges of one request; one with more gets the whole thing"""
RECORDING_CHUNK_BYTES = 65_536
"""bytes of a recording read and sent in one go; small, as the slowest of lines must take it in
HTTP_WRITE_SECONDS"""
PIECE_BYTES = 4 << 20
"""bytes of a file that a media element is sent at once, some seconds of it: a browser has six connections,
and more streams than that may be played together"""
