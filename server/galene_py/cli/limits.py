"""Bounds of the command line: one name each, its unit and the reason beside it."""

FILE_DESCRIPTORS_WANTED = 65536
"""file descriptors; the soft limit is raised to this where the hard limit permits"""
FILE_DESCRIPTORS_LOW = 4096
"""file descriptors; fewer than this and the admin is warned"""
CTL_SECONDS = 30.0
"""seconds ctl waits for an answer"""
CTL_ANSWER_BYTES = 64 << 20
"""bytes of an answer that ctl reads: a list of very many groups"""
STOP_GRACE_SECONDS = 5.0
"""seconds that a stream has to end well after the command was told to stop"""
