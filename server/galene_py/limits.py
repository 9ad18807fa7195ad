"""Bounds that several rooms share, and those of the modules at the top; each room has a `limits` of its own.

One name per bound, its unit and the reason beside it.
"""

TICK_SECONDS = 0.004
"""seconds for which a timer is armed at least, so that work that is due together is done together"""
WEBSOCKET_CLOSE_SECONDS = 1.0
"""seconds for the closing handshake; the client is gone or broken after that"""
AUDIT_FILE_BYTES = 10 << 20
"""bytes of one file of the audit log: some 50,000 events"""
AUDIT_FILES = 5
"""older files of the audit log that are kept"""
AUDIT_WAITING = 4096
"""events that wait for the audit log's thread; further ones are counted and left out"""
AUDIT_REFUSAL_BURST = 30
"""refusals of one address that are noted one by one: an attacker must not wash away what others did"""
AUDIT_REFUSAL_RATE = 0.05
"""further ones of them, per second"""
AUDIT_ORIGINS = 1024
"""addresses whose refusals are counted in this way"""
ACCEPTS_PER_WAKEUP = 64
"""connections accepted in one turn of the event loop, so that a flood does not starve media"""
ACCEPT_PAUSE_SECONDS = 0.5
"""seconds without accepting after the process ran out of file descriptors"""
CONNECTION_BUFFER_BYTES = 131_072
"""bytes that the kernel keeps of what one connection has sent, and as many for its own purposes; it would
keep six megabytes, and take milliseconds to throw them away"""
LISTEN_BACKLOG = 256
"""connections the kernel holds for us"""
CONFIG_FILE_BYTES = 4 << 20
"""bytes of a configuration file"""
HOST_CHARS = 1024
"""characters of a host before it is brought into its normal form, of which DNS takes 253"""
HOSTS_CACHED = 256
"""hosts whose normal form is remembered: a server knows a handful, and strangers may ask for any"""
CONFIG_CHECK_SECONDS = 0.05
"""seconds between two looks at a configuration or certificate file for a change"""
ICE_CREDENTIAL_SECONDS = 24 * 3600
"""seconds for which time-limited TURN credentials are valid"""
SHUTDOWN_SECONDS = 4.0
"""seconds after which shutting down stops waiting for anything"""
SDP_LINE_BYTES = 8 * 1024
"""Characters of one line: candidates and format parameters stay far below."""
SIGNAL_NAME_CHARS = 512
"""characters of an identifier, a name, a kind or a label"""
SIGNAL_LIST_ITEMS = 64
"""items in a list of versions, permissions, labels or requested kinds"""
GROUP_SEGMENT_BYTES = 240
"""bytes of one level of a group's name: a file system's 255 less the ending and a temporary prefix"""
USER_NAME_CHARS = 256
"""characters of a user's name"""
BCRYPT_COST = 10
"""binary logarithm of the rounds for new passwords: about 50 ms"""
BCRYPT_BYTES = 72
"""bytes of a password that bcrypt looks at"""
PBKDF2_ITERATIONS = 600_000
"""iterations for new passwords, as OWASP advises for SHA-256"""
PBKDF2_ITERATIONS_MAX = 10_000_000
"""largest number of iterations accepted from a file: several seconds"""
PBKDF2_BYTES = 1024
"""bytes of a PBKDF2 key or salt"""
AUTH_KEYS = 64
"""keys of one group that are tried for a signed token"""
CACHE_PACKETS_MAX = 1024
"""Packets kept of one encoding at most: about 1.2 MB of video."""
REPORT_GRID_SECONDS = 0.1
"""Sender reports leave at multiples of this, those of many receivers together; one may leave so much
early."""
MEMORY_MAPPED_BYTES = 131_072
"""bytes from which on a piece of memory is mapped by itself and given back when it is freed: longer than
what meetings send all the time; mapping costs some microseconds"""
MEMORY_TRIM_SECONDS = 2.0
"""seconds between somebody's leaving and giving memory back: often several rooms empty at the full hour"""
MEMORY_OLDEST_THRESHOLD = 1000
"""looks at the middle generation before the collector looks at everything with people there; Python: 10"""
MEMORY_TRIM_WORTH_BYTES = 8 << 20
"""bytes by which the process has grown since memory was given back, before it is again with people there"""
MEMORY_TRIM_PAUSE_SECONDS = 15.0
"""seconds between two times that memory is given back: each takes some milliseconds"""

METRICS_TOKEN_LENGTH = 16
"""Characters that `metricsToken` has at least: 95 bits if they are random letters and digits."""
SITE_NAME_CHARS = 100
"""characters of a server's name, and of the title of a link"""
SITE_LINKS = 8
"""links at the end of every page: imprint, privacy, terms, help"""
SITE_LOGO_BYTES = 256 << 10
"""bytes of a logo, which every page loads"""
