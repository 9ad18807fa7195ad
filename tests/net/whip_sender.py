"""FFmpeg's WHIP muxer, in a process of its own: a red picture and 440 Hz until it is stopped.

    python whip_sender.py URL CERTIFICATE KEY

The certificate is ours: where FFmpeg is linked with GnuTLS it makes one of a curve that OpenSSL 4 refuses.
"""

from __future__ import annotations

import fractions
import signal
import sys
import time

import av
import numpy as np

RATE, SIZE, TONE_HZ = 15, (180, 320), 440
SOUND_RATE, SOUND_FRAME = 48_000, 960


def send(url: str, certificate: str, key: str, going: list[bool]) -> None:
    with av.open(url, "w", format="whip", options={"cert_file": certificate, "key_file": key}) as out:
        video = out.add_stream("libx264", rate=RATE)
        video.height, video.width = SIZE
        video.pix_fmt = "yuv420p"
        video.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "g": "15"}
        audio = out.add_stream("libopus", rate=SOUND_RATE)
        audio.layout = "stereo"
        red = np.full((*SIZE, 3), (200, 30, 30), np.uint8)
        began, pictures, samples = time.monotonic(), 0, 0
        while going:
            frame = av.VideoFrame.from_ndarray(red, format="rgb24")
            frame.pts, frame.time_base = pictures, fractions.Fraction(1, RATE)
            out.mux(video.encode(frame))
            pictures += 1
            while samples < pictures * SOUND_RATE / RATE:
                phase = 2 * np.pi * TONE_HZ * (np.arange(SOUND_FRAME) + samples) / SOUND_RATE
                wave = (0.3 * np.sin(phase)).astype(np.float32)
                sound = av.AudioFrame.from_ndarray(wave.repeat(2).reshape(1, -1), "flt", "stereo")
                sound.sample_rate, sound.pts = SOUND_RATE, samples
                sound.time_base = fractions.Fraction(1, SOUND_RATE)
                out.mux(audio.encode(sound))
                samples += SOUND_FRAME
            time.sleep(max(0.0, began + pictures / RATE - time.monotonic()))


if __name__ == "__main__":
    running = [True]
    signal.signal(signal.SIGTERM, lambda *_: running.clear())
    send(*sys.argv[1:4], running)
