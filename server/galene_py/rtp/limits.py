"""Bounds of RTP and RTCP: one name each, its unit and the reason beside it."""

RTCP_PACKETS = 64
"""RTCP packets of one compound that are looked at; browsers send up to six."""
RTCP_NACK_SEQUENCES = 1024
"""Sequence numbers taken of one NACK: a whole packet cache. Longer ones are cut."""
RTCP_CNAME_BYTES = 255
"""Bytes of a CNAME; its length field has one byte (RFC 3550 §6.5)."""
PICTURE_BYTES = 8 << 20
"""Bytes of one coded picture that is put together from packets: a 4K keyframe at a high rate has one."""
