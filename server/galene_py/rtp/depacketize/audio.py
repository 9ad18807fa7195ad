"""How long an audio packet sounds: Opus (RFC 6716 §3.1), and codecs of one byte per sample."""

from __future__ import annotations

from galene_py.rtp import RtpError
from galene_py.rtp.packet import Buffer

OPUS_RATE = 48000
"""Hz of Opus' timestamps, whatever it carries (RFC 7587 §4.1)."""
OPUS_SILENCE = b"\xf8\xff\xfe"
"""A packet of 20 ms in which nothing is coded: CELT, full band, one channel."""
OPUS_SILENCE_SAMPLES = 960
_OPUS_MAX_SAMPLES = 5760


def opus_samples(payload: Buffer) -> int:
    """Samples at 48 kHz, 120..5760. Raises RtpError."""
    if not len(payload):
        raise RtpError("Opus packet of nothing")
    config, code = payload[0] >> 3, payload[0] & 3
    if config < 12:
        frame = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        frame = (480, 960)[config & 1]
    else:
        frame = 120 << (config & 3)
    count = (1, 2, 2, 0)[code]
    if code == 3:
        if len(payload) < 2:
            raise RtpError("Opus packet is cut")
        count = payload[1] & 0x3F
    if not 0 < frame * count <= _OPUS_MAX_SAMPLES:
        raise RtpError("Opus packet of impossible length")
    return frame * count
