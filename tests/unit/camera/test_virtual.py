"""The virtual camera from a film to finished frames: what is written, and what never is."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner

from galene_py import resources
from galene_py.camera import CameraError, Effect, Settings, VirtualCamera, open_sink, open_source, pictures
from galene_py.cli.camera import camera

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "data"
WIDTH, HEIGHT = 320, 240
MODELS = next(place / "mediapipe" / "models" for place in resources.vendor_dirs(Path("data")))
SIZE = f"{WIDTH}x{HEIGHT}"
Image = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of a portrait before noise, as the camera sees it."""
    path = tmp_path_factory.mktemp("camera") / "film.mkv"
    with av.open(str(DATA / "portrait.png")) as file:
        portrait = next(file.decode(video=0)).reformat(200, 200, "rgb24").to_ndarray()
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=15)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        frame = np.random.default_rng(3).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
        frame[40:, 60:260] = portrait
        for _ in range(45):
            picture = av.VideoFrame.from_ndarray(frame, "rgb24").reformat(format="yuv420p")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


class Frames:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.frames: list[Image] = []

    def write(self, frame: av.VideoFrame) -> None:
        self.frames.append(frame.to_ndarray(format="rgb24"))


def shot(film: Path, settings: Settings) -> Image:
    """What becomes of a frame as soon as there is an outline of who is in it."""
    with open_source(str(film), loop=True) as source:
        virtual = VirtualCamera(source, Frames(), settings, MODELS)
        virtual.run(lambda camera: camera.stop() if camera.outline is not None else None)
        _, frame = source.newest()
        assert frame is not None
        assert virtual.outline is not None
        return virtual.finished(frame, virtual.outline.time).to_ndarray(format="rgb24")


def written(film: Path, settings: Settings, models: Path, count: int = 20) -> list[Image]:
    """The first frames that are written."""
    sink = Frames()
    with open_source(str(film), loop=True) as source:
        virtual = VirtualCamera(source, sink, settings, models)
        virtual.run(lambda camera: camera.stop() if camera.written >= count else None)
    assert len(sink.frames) == count
    return sink.frames


def small(effect: Effect, **more: object) -> Settings:
    return Settings(effect=effect, width=WIDTH, height=HEIGHT, rate=30, **more)  # type: ignore[arg-type]


def corner(frame: Image) -> Image:
    """Where only the room is."""
    return frame[4:30, 4:50].astype(int)


def face(frame: Image) -> Image:
    return frame[68:94, 140:166].astype(int)


@pytest.fixture(scope="module")
def original(film: Path) -> Image:
    with av.open(str(film)) as file:
        return next(file.decode(video=0)).to_ndarray(format="rgb24")


def test_the_room_is_blurred_and_the_person_is_not(film: Path, original: Image) -> None:
    last = shot(film, small(Effect.BLUR))
    assert corner(last).std() < 0.25 * corner(original).std()
    assert np.abs(face(last) - face(original)).mean() < 8


def test_a_colour_takes_the_rooms_place(film: Path, original: Image) -> None:
    last = shot(film, small(Effect.COLOUR, colour=(0, 177, 64)))
    assert np.abs(corner(last) - (0, 177, 64)).max() < 6
    assert np.abs(face(last) - face(original)).mean() < 8


def test_a_picture_takes_the_rooms_place(film: Path, tmp_path: Path) -> None:
    path = tmp_path / "room.png"
    wall = np.full((50, 400, 3), (30, 60, 200), np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("png", rate=1)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 400, 50, "rgb24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(wall, "rgb24")))
        container.mux(stream.encode(None))
    last = shot(film, small(Effect.PICTURE, picture=path))
    assert np.abs(corner(last) - (30, 60, 200)).max() < 6


def test_a_veil_covers_everybody(film: Path, original: Image) -> None:
    for frame in written(film, small(Effect.VEIL), MODELS):
        assert np.abs(face(frame) - face(original)).mean() > 8
        assert corner(frame).std() < 0.25 * corner(original).std()


def test_without_a_network_no_frame_shows_anything(film: Path, original: Image, tmp_path: Path) -> None:
    for frame in written(film, small(Effect.BLUR), tmp_path):
        assert np.abs(face(frame) - face(original)).mean() > 8
        assert corner(frame).std() < 0.25 * corner(original).std()


def test_an_outline_that_is_old_covers_nobody(film: Path, original: Image) -> None:
    with open_source(str(film), loop=True) as source:
        virtual = VirtualCamera(source, Frames(), small(Effect.BLUR), MODELS)
        virtual.run(lambda camera: camera.stop() if camera.outline is not None else None)
        _, frame = source.newest()
        assert frame is not None
        assert virtual.outline is not None
        late = virtual.finished(frame, virtual.outline.time + 1.1).to_ndarray(format="rgb24")
    assert np.abs(face(late) - face(original)).mean() > 8


def test_it_can_be_switched_off_and_on_again(film: Path, original: Image) -> None:
    with open_source(str(film), loop=True) as source:
        virtual = VirtualCamera(source, Frames(), small(Effect.VEIL), MODELS)
        virtual.run(lambda camera: camera.stop())
        _, frame = source.newest()
        assert frame is not None
        virtual.toggle()
        off = virtual.finished(frame, 0.0).to_ndarray(format="rgb24")
        virtual.toggle()
        on = virtual.finished(frame, 0.0).to_ndarray(format="rgb24")
    assert np.abs(face(off) - face(original)).mean() < 4
    assert np.abs(face(on) - face(original)).mean() > 8


def test_the_command_writes_a_pipe_and_obeys_signals(film: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "galene_py",
        "camera",
        str(film),
        "--loop",
        "--size",
        SIZE,
    ]
    process = subprocess.Popen([*command, "--effect", "veil", "-o", "-"], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"YUV4MPEG2 W320 H240 F30:1")
        sharp = [frame.std() for frame in lumas(process.stdout, 2)]
        process.send_signal(signal.SIGUSR1)
        for frame in lumas(process.stdout, 300):
            if frame.std() > 2 * max(sharp):
                break
        else:
            pytest.fail("the effect was not switched off")
        process.terminate()
        process.stdout.close()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


def lumas(stream: object, count: int) -> Iterator[Image]:
    for _ in range(count):
        assert stream.read(6) == b"FRAME\n"  # type: ignore[attr-defined]
        data = stream.read(WIDTH * HEIGHT * 3 // 2)  # type: ignore[attr-defined]
        yield np.frombuffer(data, np.uint8)[: WIDTH * HEIGHT].reshape(HEIGHT, WIDTH)[4:30, 4:50]


def test_a_file_is_written_that_others_can_read(film: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    arguments = [str(film), "-o", str(path), "--size", SIZE, "--rate", "15"]
    result = CliRunner().invoke(
        camera, [*arguments, "--effect", "none", "--debug-file", str(tmp_path / "d.mkv")]
    )
    assert result.exit_code == 0, result.output
    for name in ("out.mp4", "d.mkv"):
        with av.open(str(tmp_path / name)) as file:
            assert sum(1 for _ in file.decode(video=0)) >= 20


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["/nowhere/camera"], "there is no /nowhere/camera"),
        (["FILM", "--effect", "picture"], "picture: the path of an image is needed"),
        (["FILM", "--threshold", "99"], "threshold: 0.99 is not between"),
        (["FILM", "--size", "321x240"], "must be even"),
        (["FILM", "--size", "large"], "is not a size"),
        (["FILM", "--colour", "green"], "is not a colour"),
        (["FILM", "-o", "/dev/null"], "no video device"),
        (["FILM", "-o", "/nowhere/x.mp4"], "cannot write"),
        (["FILM", "--picture", "FILM", "-o", "-"], ""),
    ],
)
def test_what_cannot_work_is_said(film: Path, arguments: list[str], words: str, tmp_path: Path) -> None:
    if words:
        named = [str(film) if argument == "FILM" else argument for argument in arguments]
        result = CliRunner().invoke(camera, named)
        assert result.exit_code in (1, 2)
        assert words in result.output
    else:
        with pytest.raises(CameraError, match="cannot read the picture"):
            shot(film, small(Effect.PICTURE, picture=HERE / "test_virtual.py"))


def test_a_still_picture_is_a_camera_too(original: Image) -> None:
    sink = Frames()
    with open_source(str(DATA / "portrait.png")) as source:
        VirtualCamera(source, sink, small(Effect.NONE), MODELS).run(lambda camera: camera.stop())
    assert sink.frames[0].shape == (HEIGHT, WIDTH, 3)


def test_the_open_functions_are_all_that_is_needed(film: Path, tmp_path: Path) -> None:
    settings = small(Effect.VEIL)
    with open_source(str(film)) as source, open_sink(str(tmp_path / "x.mkv"), settings) as sink:
        VirtualCamera(source, sink, settings, MODELS).run(
            lambda camera: camera.written >= 3 and camera.stop()
        )
    assert pictures.WHOLE == (0.0, 0.0, 1.0, 1.0)
