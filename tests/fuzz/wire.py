"""Targets: what strangers and peers send over UDP and ICE-TCP, up to RTP and RTCP."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

from fuzz.target import TESTS, Target
from galene_py.rtp import RtpError, extensions, limits, packet, rtcp, wide
from galene_py.transport import limits as transport_limits
from galene_py.transport.dtls import records
from galene_py.transport.ice import stun
from galene_py.transport.sockets.demux import PacketKind, classify
from galene_py.transport.sockets.tcp import FrameError, Unframer
from kit import packets

DATA = TESTS / "data"
STUN_SEEDS = [bytes.fromhex(path.read_text()) for path in sorted((DATA / "stun").glob("*.hex"))]
RTCP_SEEDS = [
    bytes.fromhex(line.partition(":")[2])
    for name in ("rtcp-valid", "rtcp-invalid")
    for line in (DATA / "rtp" / f"{name}.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
RTCP_SEEDS.append(
    bytes.fromhex("8fcd0008 00000001 00000002 0000ffff 00000000" + "1fff" * 8 + "0007 0000".replace(" ", ""))
)
"""Transport-wide feedback about 65,535 packets in 36 bytes."""
WIDE_SEEDS = [
    RTCP_SEEDS[-1][4:],
    wide.serialize(wide.WideFeedback(1, 2, 65530, 9, 3, (65531, 65533, 1, 2), (700, 900, 800, 30_000))),
    wide.serialize(wide.WideFeedback(1, 2, 7, 20, 4, tuple(range(7, 27)), tuple(range(9000, 9400, 20)))),
]
RTP_SEEDS = [
    bytes(packets.build(96, 7, 90, 5, b"payload", marker=True)),
    bytes(packets.build(111, 7, 90, 5, b"x" * 20, csrcs=(1, 2), padding=4)),
    *(
        bytes(packets.build(96, 1, 2, 3, b"p", extension_profile=profile, extension=block))
        for profile, block in (
            (extensions.ONE_BYTE_PROFILE, extensions.build_one_byte({1: b"a", 4: b"mid", 14: b"x" * 16})),
            (extensions.TWO_BYTE_PROFILE, extensions.build_two_byte({1: b"", 4: b"mid", 200: b"x" * 30})),
            (0xABCD, b"1234"),
        )
    ),
]
HELLO = bytes.fromhex("16feff0000000000000000003a010000 2e000000000000002e fefd") + bytes(44)
RECORDS = [
    HELLO,
    HELLO + HELLO,
    bytes.fromhex("15fefd00000000000000010002 0228"),
    bytes.fromhex("16fefd0001000000000000000401020304") + bytes.fromhex("14fefd0000000000000002000101"),
]


def run_stun(data: bytes) -> None:
    try:
        message = stun.parse(data)
    except stun.StunError:
        return
    assert sum(4 + len(value) for _, value in message.attributes) <= len(data) - stun.HEADER.size
    assert len(message.attributes) <= transport_limits.STUN_ATTRIBUTES
    assert not message.is_authentic(b"nobody knows this key")
    for kind, _ in message.attributes:
        assert message.get(kind) is not None
        for size in (4, 8):
            try:
                number = message.unsigned(kind, size)
                assert number is not None and 0 <= number < 1 << 8 * size
            except stun.StunError:
                pass
    written = stun.build(message.method, message.message_class, message.transaction, message.attributes)
    again = stun.parse(written)
    assert (again.method, again.message_class, again.transaction) == (
        message.method,
        message.message_class,
        message.transaction,
    )
    assert again.attributes == tuple(pair for pair in message.attributes if pair[0] != stun.FINGERPRINT)


def run_frames(data: bytes) -> None:
    """However a stream is cut on its way, the same frames come out."""
    step = 1 + data[0] if data else 1
    found = []
    for pieces in ([data], [data[at : at + step] for at in range(0, len(data), step)]):
        unframer = Unframer()
        frames: list[bytes] = []
        damaged = False
        try:
            for piece in pieces:
                frames += unframer.feed(piece)
        except FrameError:
            damaged = True
        assert all(0 < len(frame) <= transport_limits.TCP_FRAME_BYTES for frame in frames)
        found.append((frames, damaged))
    whole, cut = found
    assert whole[1] == cut[1]
    assert whole[0] == cut[0] or whole[1]


def run_datagram(data: bytes) -> None:
    kind = classify(data)
    least = {
        PacketKind.OTHER: 0,
        PacketKind.STUN: 20,
        PacketKind.DTLS: 13,
        PacketKind.RTP: 12,
        PacketKind.RTCP: 8,
    }[kind]
    assert len(data) >= least


def run_records(data: bytes) -> None:
    found = list(records.records(data))
    assert data.startswith(b"".join(found))
    if records.is_sound(data):
        assert b"".join(found) == data and found
    assert len(records.hello_random(data)) in (0, records.RANDOM_BYTES)
    records.is_protected(data)
    stamped, number = records.restamp(data, 5)
    assert len(stamped) == sum(map(len, found))
    assert number - 5 <= len(found)
    sent = list(records.datagrams(data))
    assert b"".join(sent) == b"".join(found)
    for one in sent:
        assert len(one) <= transport_limits.DTLS_MTU or len(list(records.records(one))) == 1


def run_rtp(data: bytes) -> None:
    try:
        read = packets.parse(data)
    except RtpError:
        return
    assert packet.payload_bounds(data)[1] == len(data) - read.padding
    written = packets.build(
        read.payload_type,
        read.sequence,
        read.timestamp,
        read.ssrc,
        read.payload,
        marker=read.marker,
        csrcs=read.csrcs,
        extension_profile=read.extension_profile,
        extension=read.extension,
        padding=read.padding,
    )
    assert packets.parse(written) == read
    patched = bytearray(data)
    packet.set_sequence_number(patched, 1)
    packet.set_timestamp(patched, 2)
    after = packets.parse(packet.with_payload_type(packet.with_ssrc(patched, bytes(4)), 4))
    assert (after.payload, after.extension, after.marker) == (read.payload, read.extension, read.marker)
    assert packets.parse(packet.empty_like(data)).payload == b""


def run_extensions(data: bytes) -> None:
    if len(data) < packet.HEADER_BYTES:
        return
    try:
        found = list(extensions.elements(data))
    except RtpError:
        assert all(extensions.find(data, identifier) is None for identifier in (1, 4, 15))
        found = []
    for identifier, offset, length in found:
        assert 1 <= identifier <= 255 and offset + length <= len(data)
        assert extensions.find(data, identifier) is not None
    assert all(before[1] + before[2] <= after[1] for before, after in pairwise(found))
    longer = extensions.added(data, 4, b"mid")
    assert longer.endswith(data[packet.HEADER_BYTES + 4 * (data[0] & 15) + 4 :])
    if longer != data:
        there = extensions.find(longer, 4)
        assert there is None or bytes(there) == b"mid"


def run_rtcp(data: bytes) -> None:
    try:
        items = rtcp.parse_compound(data)
    except RtpError:
        return
    assert 0 < len(items) <= limits.RTCP_PACKETS
    for item in items:
        if isinstance(item, rtcp.Nack):
            assert 0 < len(item.lost) <= limits.RTCP_NACK_SEQUENCES
            assert all(0 <= sequence <= 0xFFFF for sequence in item.lost)
        elif isinstance(item, rtcp.Remb):
            assert 0 <= item.bitrate < 1 << 81
        elif isinstance(item, rtcp.WideFeedback):
            check_wide(item, len(data))
            continue
        written = rtcp.serialize([item])
        assert rtcp.parse_compound(written)[0] == item or isinstance(item, rtcp.Nack | rtcp.Unknown)


def check_wide(item: rtcp.WideFeedback, size: int) -> None:
    """Work is bounded by bytes, and what was read is written again, whatever the statuses were."""
    assert len(item.sequences) == len(item.arrivals) <= size
    assert len(set(item.sequences)) == len(item.sequences)
    assert all((sequence - item.base) & 0xFFFF < item.count for sequence in item.sequences)
    if item.count > 4 * size:  # writing looks at every status, and is for what we received ourselves
        return
    (again,) = rtcp.parse_compound(rtcp.serialize([item]))
    assert isinstance(again, rtcp.WideFeedback)
    assert (again.base, again.count, again.sequences) == (item.base, item.count, item.sequences)
    turns = {(one - other) % (1 << 32) for one, other in zip(again.arrivals, item.arrivals, strict=True)}
    assert turns <= {0}


def run_wide(data: bytes) -> None:
    """The body of one message, so that no framing stands in the way."""
    with suppress(RtpError):
        check_wide(wide.parse(data), len(data))


TARGETS = (
    Target("datagram", run_datagram, [*STUN_SEEDS, *RTP_SEEDS, *RECORDS]),
    Target("stun", run_stun, STUN_SEEDS),
    Target("ice-tcp", run_frames, [b"\x00\x03abc\x00\x00\x00\x01x", b"\x05\xdc" + bytes(1500)]),
    Target("dtls-records", run_records, RECORDS),
    Target("rtp", run_rtp, RTP_SEEDS),
    Target("rtp-extensions", run_extensions, RTP_SEEDS),
    Target("rtcp", run_rtcp, RTCP_SEEDS),
    Target("rtcp-wide", run_wide, WIDE_SEEDS),
)
