"""`galene-py push` and `pull` among people in browsers: a film in, a camera and the film out."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_recording import FLASH

from kit import judge
from kit.commands import command, ends, said
from kit.films import film
from kit.observe import hears, sees_only
from kit.people import Enter, log_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def test_a_film_is_seen_and_a_camera_and_the_film_are_taken_out(
    group_url: str, visit: Any, enter: Enter, tmp_path: Path
) -> None:
    source = film(tmp_path / "film.webm", colour="red", hertz=440)
    ada = await visit(group_url, "green")
    await ada.add_init_script(FLASH)
    await ada.reload()
    await log_in(ada, "Ada", "")
    ben = await enter(group_url, "Ben", "green", start="none")
    camera, again = tmp_path / "camera.webm", tmp_path / "again.webm"
    async with (
        command("push", group_url, source, "--loop", "--user", "Film") as pushing,
        command("pull", group_url, "--who", "Ada", "-o", camera, "--duration", "10") as pulling,
        command("pull", group_url, "--label", "video", "-o", again, "--duration", "5") as copying,
    ):
        await said(pulling, "'Ada' sends camera")
        await sees_only(ben, "None", "red")  # Ada's flashes are of no colour
        await hears(ben, 2)
        await ends(copying)
        await ends(pulling)
        pushing.send_signal(2)
        await ends(pushing)
    await sees_only(ben, "None")
    for path in (camera, again):
        judge.decodes(path)
        assert judge.probe(path).codecs == {"video": "vp8", "audio": "opus"}
    leads = judge.lead(camera)
    assert len(leads) >= 5
    assert abs(statistics.median(leads)) <= 0.05
    seen = np.array([judge.colour(picture) for picture in judge.pictures(again)[::20]])
    assert np.abs(seen - (252, 0, 0)).max() < 30, seen
    assert judge.frequency(judge.sound(again)[judge.RATE : 2 * judge.RATE]) == pytest.approx(440, abs=5)
