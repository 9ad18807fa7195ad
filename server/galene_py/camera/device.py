"""Video4Linux2 output: the device into which a virtual camera's frames are written (v4l2loopback).

Open for reading and writing, ask whether it takes frames (VIDIOC_QUERYCAP), agree on I420 or else YUYV
(VIDIOC_S_FMT), then write frame after frame.

The kernel's interface: include/uapi/linux/videodev2.h. Numbers are those of 64-bit machines.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Callable

from galene_py.camera.settings import CameraError

Ioctl = Callable[[int, int, bytearray], object]

VIDIOC_QUERYCAP = 0x80685600  # _IOR('V', 0, struct v4l2_capability), 104 bytes
VIDIOC_S_FMT = 0xC0D05605  # _IOWR('V', 5, struct v4l2_format), 208 bytes
BUF_TYPE_VIDEO_OUTPUT = 2
FIELD_NONE = 1
COLORSPACE_SMPTE170M = 1
CAP_VIDEO_OUTPUT = 0x2
CAP_DEVICE_CAPS = 0x80000000

FORMATS = {"yuv420p": b"YU12", "yuyv422": b"YUYV"}
"""PyAV's names of what is offered, best first, and the kernel's."""
_PIX = struct.Struct(
    "<I4xII4sIIII"
)  # type; width, height, pixelformat, field, bytesperline, sizeimage, colorspace


def negotiate(fd: int, width: int, height: int, ioctl: Ioctl = fcntl.ioctl) -> str:
    """Agree on a format with the device; PyAV's name of it. Raises CameraError."""
    capability = bytearray(104)
    try:
        ioctl(fd, VIDIOC_QUERYCAP, capability)
    except OSError as error:
        raise CameraError(f"this is no video device: {error.strerror}") from None
    everything, own = struct.unpack_from("<II", capability, 84)
    if not (own if everything & CAP_DEVICE_CAPS else everything) & CAP_VIDEO_OUTPUT:
        raise CameraError(
            "this device takes no frames; make one with: modprobe v4l2loopback exclusive_caps=1"
        )
    for name, code in FORMATS.items():
        if _set(fd, width, height, code, ioctl):
            return name
    raise CameraError(
        f"the device takes neither I420 nor YUYV of {width}×{height}; is another program writing to it?"
    )


def _set(fd: int, width: int, height: int, code: bytes, ioctl: Ioctl) -> bool:
    planar = code == b"YU12"
    line = width if planar else 2 * width
    size = width * height * 3 // 2 if planar else 2 * width * height
    wanted = bytearray(208)
    _PIX.pack_into(
        wanted, 0, BUF_TYPE_VIDEO_OUTPUT, width, height, code, FIELD_NONE, line, size, COLORSPACE_SMPTE170M
    )
    try:
        ioctl(fd, VIDIOC_S_FMT, wanted)
    except OSError as error:
        if error.errno == errno.EINVAL:
            return False
        raise CameraError(f"the device refuses: {error.strerror}") from None
    _, got_width, got_height, got_code, *_ = _PIX.unpack_from(wanted)
    return (got_width, got_height, got_code) == (width, height, code)


def open_device(path: str) -> int:
    """Open for writing. Raises CameraError."""
    try:
        return os.open(path, os.O_RDWR)
    except OSError as error:
        raise CameraError(f"cannot open {path}: {error.strerror}") from None
