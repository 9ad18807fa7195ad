"""Real-time transport: bytes in, facts out, and patches in place.

Pure functions over bytes-like objects: sequence arithmetic, RTP headers and their extensions, RTCP packets,
codec payload descriptors. Nothing here keeps state about a stream, knows a clock or touches a socket. Every
parser raises `RtpError` and nothing else.
"""


class RtpError(ValueError):
    """Bytes that are not what they claim to be. The text is for logs; it never contains payload."""
