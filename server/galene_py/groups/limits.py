"""Bounds of groups, passwords, tokens and chat history: one name each, its unit and the reason beside it."""

RETURN_SECONDS = 120.0
"""seconds in which a member whose connection was lost may come back to a group that is locked meanwhile"""
OPERATOR_RETURN_SECONDS = 30.0
"""seconds in which the last operator may come back before a group with `autokick` ends; our client tries
every eight at least"""
RETURN_PLACES = 256
"""members of one group that are waited for in this way; those lost first are forgotten beyond that"""
RETURN_SECRET_BYTES = 16
"""random bytes by which such a member is known again"""
GROUP_NAME_CHARS = 512
"""characters of a group's name, all levels together"""
GROUP_FILE_BYTES = 4 << 20
"""bytes of a group file: tens of thousands of users"""
GROUP_NUMBER = (1 << 31) - 1
"""largest absolute value of a number in a group file: people, or seconds, which are 68 years"""
GROUPS_SCANNED = 100_000
"""group files looked at in one walk of the directory"""
GROUPS_IDLE = 1024
"""groups kept in memory though nobody is there; automatic subgroups could otherwise be made without end"""
GROUPS_LOOKED_AT = 4
"""kept groups that are looked at for each that is asked for: more than come"""
GROUPS_TIDIED = 64
"""kept groups that are looked at at every look at the files"""
GROUPS_PER_PORTION = 50
"""files looked at before others get their turn; each takes some microseconds"""
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
HISTORY_TOTAL_BYTES = 16 << 20
"""bytes of chat that all groups together keep: sixty full ones, or a thousand with usual talk"""
HISTORY_FAMILY_BYTES = 2 << 20
"""bytes of them that a group keeps together with its automatic subgroups: eight full ones, or a hundred with
usual talk; an attack on one group leaves no more behind"""
HISTORY_ENTRY_BYTES = 600
"""bytes that a kept message takes besides its value: its author, its time, and the objects themselves"""
HISTORY_REACTIONS = 200
"""reactions kept for one message: whoever comes later is told of that many"""
HISTORY_REACTION_BYTES = 200
"""bytes that a kept reaction takes: a name, and the objects themselves"""
HISTORY_DEFAULT_SECONDS = 14_400
"""seconds chat messages are kept unless the group says otherwise"""
LOOKS_KEPT = 16_384
"""names of which it is remembered what they look like"""
LOGINS_WAITING = 512
"""attempts to log in that wait for their turn; the next one is told that the server is busy, or displaces
one of those who crowd the line"""
LOGIN_PATIENCE_SECONDS = 25.0
"""seconds an attempt to log in waits for its turn; programs such as `galene-py ctl` give up after 30"""
LOGIN_SHARE_SECONDS = 10.0
"""seconds after which computing time that somebody got for logging in counts half in comparison"""
LOGIN_LOOK_SECONDS = 0.01
"""seconds at least between two looks at who may try next"""
ORIGIN_FREE_FAILURES = 50.0
"""failed attempts to log in from one address that cost no delay: several people in one house who mistype"""
ORIGIN_FAILURES_PER_LOGIN = 0.25
"""further ones for each login that succeeds: behind one address there may be a university"""
ORIGIN_FREE_FAILURES_MOST = 200.0
"""all of them together, however many succeed: an attacker may have an account"""
ORIGIN_FAILURE_SECONDS = 0.05
"""seconds of delay between two attempts from one address for each failure beyond those; guessing becomes once
a second"""
ORIGIN_DELAY_SECONDS = 5.0
"""longest such delay, in seconds: others may come from the same address"""
NAME_FREE_FAILURES = 5.0
"""failed attempts at one name from one address that cost no delay"""
NAME_FAILURE_SECONDS = 0.5
"""seconds of delay between two attempts at one name from one address for each failure beyond those"""
NAME_DELAY_SECONDS = 10.0
"""longest such delay, in seconds; guessing becomes a thousand tries a day and less"""
SHARED_DELAY_SECONDS = 0.25
"""longest delay, in seconds, where everybody may come from: a proxy that says nothing of its clients"""
FAILURE_HALF_LIFE_SECONDS = 60.0
"""seconds after which a failed attempt counts half"""
ORDINARY_HASH = 48_000
"""cost of comparing with an ordinary password (bcrypt, 10), as `passwords.cost` counts; the unit of shares"""
KNOWN_LOGIN_SECONDS = 7200.0
"""seconds after a login in which the same one is known again without hashing: a long meeting"""
KNOWN_LOGINS = 4096
"""logins known in this way; the one known for the longest time is forgotten beyond that"""
KNOWN_LOGIN_FAILURES = 3
"""wrong passwords, under the name and from the address of a known login, after which it is forgotten"""
BAN_SECONDS = 3600.0
"""seconds that somebody is kept out whom an operator removes in that way: longer than most meetings"""
BAN_SECONDS_MOST = 366 * 24 * 3600.0
"""seconds that an admin may keep somebody out; addresses have other owners after a year"""
BANS_PER_GROUP = 200
"""bans of one group; beyond, the one that ends first is forgotten"""
BANS = 2000
"""bans of the whole server; each join looks at all of them"""
BAN_ID_BYTES = 6
"""random bytes by which a ban is named"""
BAN_FILE_BYTES = 4 << 20
"""bytes of the file of bans"""
HASH_NICENESS = 2
"""niceness of the hashing threads: media goes first, but on a busy machine a third of a core is theirs"""
PASSWORD_PREPARED_CHARS = 256
"""characters of a password that is prepared by all rules, which cost a microsecond for each; longer ones are
only normalised"""
BCRYPT_COST_MAX = 16
"""largest cost accepted from a file: several seconds"""
FAILED_LOGIN_SECONDS = 0.2
"""seconds by which the answer to a failed login is delayed"""
TOKEN_FILE_BYTES = 64 << 20
"""bytes of the file of stateful tokens"""
TOKENS_PER_GROUP = 1000
"""stateful tokens that the members of one group may keep there"""
TOKEN_BYTES = 8
"""random bytes of a stateful token; 64 bits cannot be guessed over a network"""
TOKEN_KEEP_SECONDS = 7 * 24 * 3600
"""seconds an expired token is kept, so that it can be listed and prolonged"""
TOKEN_HEADER_CHARS = 1024
"""characters of a signed token's header, which is parsed before its signature is looked at; it has 50"""
TOKEN_LEEWAY_SECONDS = 5
"""seconds by which clocks may differ when a signed token is checked"""
DESCRIPTIONS_REMEMBERED = 256
"""versions of groups' files whose costliest password, and the looks of whose names, are remembered"""
