"""Reads numbers of some bits, most significant first. Raises RtpError at the end of the data."""

from __future__ import annotations

from galene_py.rtp import RtpError
from galene_py.rtp.packet import Buffer


class BitReader:
    """Over `data[at:]`. Reading is by value, never in place."""

    def __init__(self, data: Buffer, at: int = 0) -> None:
        self._data = data
        self._at = 8 * at
        self._end = 8 * len(data)

    def read(self, bits: int) -> int:
        """An unsigned number of 0..64 bits."""
        end = self._at + bits
        if end > self._end:
            raise RtpError("a codec's header is cut")
        last = (end + 7) // 8
        value = int.from_bytes(self._data[self._at // 8 : last]) >> (8 * last - end)
        self._at = end
        return value & ((1 << bits) - 1)

    def skip(self, bits: int) -> None:
        """Go on behind `bits` bits, which must be there."""
        self._at += bits
        if self._at > self._end:
            raise RtpError("a codec's header is cut")

    def exp_golomb(self) -> int:
        """ue(v) of H.264 §9.1, and uvlc() of AV1 §4.10.3: 0..2^32-2."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 31:
                raise RtpError("a number in a codec's header is too long")
        return (1 << zeros) - 1 + self.read(zeros)

    def signed_exp_golomb(self) -> int:
        """se(v) of H.264 §9.1.1."""
        value = self.exp_golomb()
        return (value + 1) // 2 if value & 1 else -(value // 2)
