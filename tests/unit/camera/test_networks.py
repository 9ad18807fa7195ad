"""Which network looks at which part of the frame: the browser's rule, with the browser's figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from galene_py import resources
from galene_py.camera.outline import Networks

PLACES = [place / "mediapipe" / "models" for place in resources.vendor_dirs(Path("data"))]
MODELS = next((place for place in PLACES if place.is_dir()), None)
pytestmark = pytest.mark.skipif(MODELS is None, reason="needs the models of install-mediapipe")
WIDE, SQUARE = (144, 256), (256, 256)


def shapes(networks: Networks, *proportions: float) -> list[tuple[int, int]]:
    seen = [networks.fitting(each) for each in proportions]
    return [(int(network.height), int(network.width)) for network in seen]


def test_a_wide_part_is_seen_by_the_network_for_wide_pictures_and_a_person_by_the_square_one() -> None:
    assert MODELS is not None
    assert shapes(Networks(MODELS), 16 / 9) == [WIDE]
    assert shapes(Networks(MODELS), 1.0) == [SQUARE]


def test_it_is_exchanged_when_three_looks_in_a_row_ask_for_it() -> None:
    assert MODELS is not None
    networks = Networks(MODELS)
    assert shapes(networks, 1.7, 1.0, 1.0, 1.7, 1.0, 1.0, 1.0) == [WIDE] * 6 + [SQUARE]
    assert shapes(networks, 1.4, 1.4, 1.4, 1.4) == [SQUARE] * 4
    assert shapes(networks, 1.5, 1.5, 1.5) == [SQUARE, SQUARE, WIDE]


def test_one_that_was_chosen_stays() -> None:
    assert MODELS is not None
    assert shapes(Networks(MODELS, "landscape"), 1.0, 1.0, 1.0) == [WIDE] * 3
