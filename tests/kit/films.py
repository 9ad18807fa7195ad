"""Small films of one colour and one tone, made by the distribution's ffmpeg."""

from __future__ import annotations

import subprocess
from pathlib import Path

CODECS = {
    ".webm": ("-c:v", "libvpx", "-b:v", "400k", "-deadline", "realtime", "-c:a", "libopus"),
    ".mp4": ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-c:a", "aac"),
}


def film(path: Path, *, colour: str = "red", hertz: int = 440, seconds: float = 3.0) -> Path:
    """A film, 320×240 at 30 pictures per second, with a keyframe each second; the ending says what codecs."""
    picture = ("-f", "lavfi", "-i", f"color={colour}:s=320x240:r=30:d={seconds}")
    sound = ("-f", "lavfi", "-i", f"sine={hertz}:d={seconds}:r=48000")
    command = ["ffmpeg", "-v", "error", "-y", *picture, *sound, "-g", "30", *CODECS[path.suffix], path]
    subprocess.run(command, check=True, timeout=60)
    return path
