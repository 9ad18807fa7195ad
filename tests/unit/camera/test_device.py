"""What is said to the kernel before frames are written to a virtual camera."""

import errno
import struct

import pytest

from galene_py.camera import device
from galene_py.camera.settings import CameraError

OUTPUT = 0x2


class Kernel:
    """Video4Linux2 as a program sees it. `takes`: formats that S_FMT accepts."""

    def __init__(self, *takes: bytes, capabilities: int = OUTPUT, own: int = 0, fails: int = 0) -> None:
        self.takes = takes
        self.capabilities = capabilities
        self.own = own
        self.fails = fails
        self.asked: list[tuple[int, tuple[object, ...]]] = []

    def __call__(self, fd: int, request: int, data: bytearray) -> int:
        assert fd == 7
        if request == device.VIDIOC_QUERYCAP:
            assert len(data) == 104
            if self.fails:
                raise OSError(self.fails, "Inappropriate ioctl for device")
            struct.pack_into("<II", data, 84, self.capabilities, self.own)
            return 0
        assert request == device.VIDIOC_S_FMT
        assert len(data) == 208
        fields = struct.unpack_from("<I4xII4sIIII", data)
        self.asked.append((request, fields))
        if fields[3] not in self.takes:
            raise OSError(errno.EINVAL, "Invalid argument")
        return 0


def test_the_numbers_are_those_of_the_header() -> None:
    def number(direction: int, size: int, which: int) -> int:
        return direction << 30 | size << 16 | ord("V") << 8 | which

    assert number(2, 104, 0) == device.VIDIOC_QUERYCAP
    assert number(3, 208, 5) == device.VIDIOC_S_FMT


def test_planar_pictures_are_preferred() -> None:
    kernel = Kernel(b"YU12", b"YUYV")
    assert device.negotiate(7, 1280, 720, kernel) == "yuv420p"
    ((_, fields),) = kernel.asked
    assert fields == (2, 1280, 720, b"YU12", 1, 1280, 1280 * 720 * 3 // 2, 1)


def test_a_device_that_knows_only_packed_pictures_gets_them() -> None:
    kernel = Kernel(b"YUYV")
    assert device.negotiate(7, 640, 480, kernel) == "yuyv422"
    assert kernel.asked[-1][1] == (2, 640, 480, b"YUYV", 1, 1280, 640 * 480 * 2, 1)


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        (Kernel(b"YU12", capabilities=0x1), "takes no frames.*modprobe v4l2loopback"),
        (Kernel(b"YU12", capabilities=0x80000000 | OUTPUT, own=0x1), "takes no frames"),
        (Kernel(fails=errno.ENOTTY), "no video device"),
        (Kernel(), "neither I420 nor YUYV of 640×480"),
    ],
)
def test_what_cannot_work_is_said(kernel: Kernel, words: str) -> None:
    with pytest.raises(CameraError, match=words):
        device.negotiate(7, 640, 480, kernel)


def test_a_device_with_capabilities_of_its_own_is_judged_by_them() -> None:
    kernel = Kernel(b"YU12", capabilities=0x80000000 | 0x1, own=OUTPUT)
    assert device.negotiate(7, 640, 480, kernel) == "yuv420p"
