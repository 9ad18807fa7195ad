"""The virtual camera: a real camera's pictures with the room behind the person blurred or replaced.

For `galene-py camera`, and for programs of one's own:

    from galene_py.camera import Effect, Settings, VirtualCamera, open_sink, open_source

    settings = Settings(effect=Effect.BLUR)
    with open_source("/dev/video0") as source, open_sink("/dev/video10", settings) as sink:
        VirtualCamera(source, sink, settings, models=Path("data/vendor/mediapipe/models")).run()

Three loops that never wait for one another: `source` keeps the newest frame, `outlines` the newest outline of
people, `virtual` composes and writes at a fixed rate. Frames are dropped, never queued. Once an effect is on
no frame without it is written: while there is no outline, the whole picture is blurred.

Needs the extra `camera` (`pip install '.[camera]'`): LiteRT runs the browser's networks in 2 to 4 ms.
MediaPipe's own package is twice the size and brings OpenCV along; ONNX Runtime is three times the size and
would need converted networks.
"""

import av.logging

from galene_py.camera.settings import CameraError, Effect, Settings
from galene_py.camera.sinks import open_sink
from galene_py.camera.source import open_source
from galene_py.camera.virtual import VirtualCamera

# FFmpeg reports from its own threads; PyAV's reports wait for Python's lock, which may wait for that thread.
av.logging.restore_default_callback()
av.logging.set_libav_level(av.logging.ERROR)

__all__ = ["CameraError", "Effect", "Settings", "VirtualCamera", "open_sink", "open_source"]
