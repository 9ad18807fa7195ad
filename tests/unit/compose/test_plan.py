"""What a film shows when: scenes, who has the floor, chapters."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.compose import limits
from galene_py.compose.chapters import chapters
from galene_py.compose.errors import ComposeError
from galene_py.compose.floor import floor
from galene_py.compose.meeting import Meeting, Speech, meeting
from galene_py.compose.plan import Kind, Scene, plan
from galene_py.recording.sidecar import File, Person, Sidecar, Spoken

END = 60.0


def camera(who: str, start: float = 0.0, end: float = END, **more: object) -> File:
    fields: dict[str, object] = {
        "name": f"N_{who}_{start:g}.webm",
        "stream": f"stream of {who}",
        "client": who,
        "username": who.title(),
        "label": "camera",
        "offset": start,
        "duration": end - start,
        "audio": "opus",
        "video": "vp8",
        "width": 640,
        "height": 480,
        **more,
    }
    return File(**fields)  # type: ignore[arg-type]


def screen(who: str, start: float, end: float, stream: str = "screen") -> File:
    return camera(
        who, start, end, stream=stream, label="screenshare", audio="", name=f"N_{stream}_{start}.webm"
    )


def person(who: str, joined: float = 0.0, left: float | None = None) -> Person:
    return Person(who, who.title(), joined, left)


def sidecar(*files: File, people: list[Person] | None = None, spoken: list[Spoken] | None = None) -> Sidecar:
    return Sidecar(
        version=1,
        group="club",
        start="2026-11-29T10:00:00+00:00",
        state="complete",
        duration=END,
        files=list(files),
        people=people or [],
        spoken=spoken or [],
    )


def scenes(about: Sidecar) -> list[Scene]:
    return plan(meeting(about, {}))


def at(found: list[Scene], second: float) -> Scene:
    (scene,) = [each for each in found if each.start <= second < each.end]
    return scene


def clients(scene: Scene) -> tuple[list[str], list[str]]:
    return [tile.client for tile in scene.large], [tile.client for tile in scene.small]


ABC = (camera("ada"), camera("ben"), camera("eve"))


def test_who_speaks_is_large_with_the_others_beside() -> None:
    found = scenes(sidecar(*ABC, spoken=[Spoken("ben", 10, 20)]))
    assert at(found, 15).kind is Kind.SPEAKER
    assert clients(at(found, 15)) == (["ben"], ["ada", "eve"])


def test_everybody_is_equal_when_nobody_speaks() -> None:
    found = scenes(sidecar(*ABC, spoken=[Spoken("ben", 10, 20)]))
    assert at(found, 5).kind is Kind.GRID
    assert clients(at(found, 5)) == (["ada", "ben", "eve"], [])
    assert at(found, 20 + limits.QUIET_SECONDS - 0.1).kind is Kind.SPEAKER
    assert at(found, 20 + limits.QUIET_SECONDS + 0.1).kind is Kind.GRID


def test_a_screen_is_large_with_the_speaker_beside() -> None:
    found = scenes(sidecar(*ABC, screen("eve", 20, 40), spoken=[Spoken("ben", 25, 50)]))
    assert clients(at(found, 22)) == (["eve"], ["eve"])
    assert at(found, 22).large[0].screen == "screen"
    assert clients(at(found, 30)) == (["eve"], ["ben"])
    assert at(found, 45).kind is Kind.SPEAKER


def test_who_spoke_last_stays_beside_a_screen() -> None:
    found = scenes(sidecar(*ABC, screen("eve", 0, 60), spoken=[Spoken("ben", 5, 10)]))
    assert clients(at(found, 55)) == (["eve"], ["ben"])


def test_screens_are_large_together_the_newest_ones() -> None:
    shares = [screen("ada", float(n), 60, f"s{n}") for n in range(6)]
    found = scenes(sidecar(*ABC, *shares))
    assert [tile.screen for tile in at(found, 30).large] == ["s2", "s3", "s4", "s5"]


def test_an_aside_does_not_take_the_floor() -> None:
    found = scenes(sidecar(*ABC, spoken=[Spoken("ada", 5, 30), Spoken("ben", 12, 14)]))
    assert clients(at(found, 13))[0] == ["ada"]


def test_an_open_microphone_does_not_keep_the_floor() -> None:
    found = scenes(sidecar(*ABC, spoken=[Spoken("ada", 0, 60), Spoken("ben", 20, 30)]))
    assert clients(at(found, 25))[0] == ["ben"]
    assert clients(at(found, 40))[0] == ["ada"]


def test_the_speaker_is_large_from_the_first_word() -> None:
    found = scenes(sidecar(*ABC, spoken=[Spoken("ada", 5, 20), Spoken("ben", 20.5, 30)]))
    assert clients(at(found, 5.01))[0] == ["ada"]
    assert clients(at(found, 20.51))[0] == ["ben"]


def test_late_joiners_and_leavers() -> None:
    found = scenes(
        sidecar(camera("ada"), camera("eve", 20, 40), people=[person("ada"), person("eve", 19, 41)])
    )
    assert clients(at(found, 10)) == (["ada"], [])
    assert clients(at(found, 19.5)) == (["ada", "eve"], [])
    assert not at(found, 19.5).large[1].picture
    assert at(found, 30).large[1].picture
    assert clients(at(found, 50)) == (["ada"], [])


def test_people_are_in_the_order_in_which_they_came() -> None:
    found = scenes(sidecar(camera("ada", 5), people=[person("zoe"), person("ben"), person("ada", 5)]))
    assert clients(at(found, 10))[0] == ["zoe", "ben", "ada"]


def test_names_are_shown_as_one_readable_line() -> None:
    about = sidecar(*ABC)
    about.files[0].username = "Ada\n\u202eecalevoL"
    about.files[1].username = " \u200b"
    about.files[2].username = "E" * 1000
    names = meeting(about, {}).names
    assert names["ada"] == "Ada ecalevoL"
    assert names["ben"] == "(no name)"
    assert len(names["eve"]) == limits.NAME_LETTERS


def test_people_without_a_camera_have_a_tile() -> None:
    voice = camera("ben", video="")
    found = scenes(sidecar(camera("ada"), voice, people=[person("ada"), person("ben"), person("eve")]))
    assert [(tile.client, tile.picture) for tile in at(found, 5).large] == [
        ("ada", True),
        ("ben", False),
        ("eve", False),
    ]


def test_a_replaced_stream_changes_no_scene() -> None:
    first, second = camera("ada", 0, 30), camera("ada", 31, 60, stream="another")
    assert len(scenes(sidecar(first, second, people=[person("ada")]))) == 1


def test_a_camera_that_is_off_for_long_does() -> None:
    first, second = camera("ada", 0, 20), camera("ada", 30, 60, stream="another")
    found = scenes(sidecar(first, second, people=[person("ada")]))
    assert [tile.large[0].picture for tile in found] == [True, False, True]


def test_nobody_is_there() -> None:
    found = scenes(sidecar(camera("ada", 10, 20)))
    assert [each.kind for each in found] == [Kind.NOBODY, Kind.GRID, Kind.NOBODY]


def test_more_people_than_tiles_are_counted_and_watchers_come_last() -> None:
    watching = [person(f"w{n}") for n in range(30)]
    found = scenes(sidecar(*ABC, people=watching, spoken=[Spoken("ada", 30, 50)]))
    grid = at(found, 5).large
    assert len(grid) == limits.GRID_TILES
    assert {"ada", "ben", "eve"} <= {tile.client for tile in grid}
    assert grid[-1].more == 33 - (limits.GRID_TILES - 1)
    small = at(found, 40).small
    assert len(small) == limits.SMALL_TILES
    assert {"ben", "eve"} <= {tile.client for tile in small}
    assert small[-1].more == 32 - (limits.SMALL_TILES - 1)


NAMES = {"ada": "Ada", "ben": "Ben", "eve": "Eve"}


def titles(*files: File, spoken: list[Spoken]) -> list[tuple[str, float, float]]:
    found = chapters(scenes(sidecar(*ABC, *files, spoken=spoken)), NAMES)
    return [(chapter.title, chapter.start, chapter.end) for chapter in found]


def test_chapters_for_speakers_and_screens() -> None:
    assert titles(
        screen("eve", 45, 60),
        spoken=[Spoken("ada", 0, 14), Spoken("ben", 14, 18), Spoken("ada", 18, 30), Spoken("ben", 31, 45)],
    ) == [("Ada", 0, 31), ("Ben", 31, 45), ("Screen: Eve", 45, 60)]


def test_a_quick_exchange_is_one_chapter_with_all_names() -> None:
    assert titles(
        spoken=[
            Spoken("ada", 0, 20),
            Spoken("ben", 20, 26),
            Spoken("eve", 26, 32),
            Spoken("ben", 32, 38),
            Spoken("ada", 38, 60),
        ]
    ) == [("Ada", 0, 20), ("Ben, Eve", 20, 38), ("Ada", 38, 60)]


@pytest.mark.parametrize("name", ["", "../x.webm", "a/b.webm", ".hidden", "a\0.webm"])
def test_a_sidecar_cannot_name_files_elsewhere(name: str) -> None:
    with pytest.raises(ComposeError, match="cannot be one of its own"):
        meeting(sidecar(camera("ada", name=name)), {})


@pytest.mark.parametrize("duration", [0.0, -1.0, 1e300])
def test_a_sidecar_cannot_ask_for_an_endless_film(duration: float) -> None:
    about = sidecar(camera("ada"))
    about.duration = duration
    with pytest.raises(ComposeError):
        meeting(about, {})


# --- whatever happens in a meeting

WHO = st.sampled_from(["ada", "ben", "eve", "joe"])
TIMES = st.tuples(st.floats(-5, 70), st.floats(0, 40))
SPEECH = st.lists(st.tuples(WHO, st.floats(0, END - 1), st.floats(0.3, 30)), max_size=12)


@st.composite
def meetings(draw: st.DrawFn) -> Meeting:
    files = [
        camera(who, start, start + length, stream=f"{who} {n}", label=label, name=f"{n}.webm")
        for n, (who, (start, length), label) in enumerate(
            draw(st.lists(st.tuples(WHO, TIMES, st.sampled_from(["camera", "screenshare"])), max_size=8))
        )
    ]
    people = [
        person(who, start, start + length) for who, (start, length) in draw(st.lists(st.tuples(WHO, TIMES)))
    ]
    spoken = [Spoken(who, start, start + length) for who, start, length in draw(SPEECH)]
    return meeting(sidecar(*files, people=people, spoken=spoken), {})


@given(meetings())
def test_every_second_is_in_one_scene(about: Meeting) -> None:
    found = plan(about)
    assert found[0].start == 0
    assert found[-1].end == about.duration
    assert all(one.end == two.start for one, two in pairwise(found))
    assert all(each.end > each.start for each in found)
    marks = chapters(found, about.names)
    assert marks[0].start == 0
    assert marks[-1].end == about.duration
    assert all(one.end == two.start for one, two in pairwise(marks))
    assert all(one.title != two.title for one, two in pairwise(marks))


@given(meetings())
def test_nobody_is_twice_in_a_scene_nor_there_when_gone(about: Meeting) -> None:
    for scene in plan(about):
        tiles = [*scene.large, *scene.small]
        assert len({(tile.client, tile.screen) for tile in tiles}) == len(tiles)
        middle = (scene.start + scene.end) / 2
        for tile in tiles:
            assert tile.more or any(
                stay.client == tile.client and stay.start <= middle <= stay.end for stay in about.stays
            )


@given(SPEECH)
def test_the_floor_never_flickers_and_covers_everything(spoken: list[tuple[str, float, float]]) -> None:
    speech = [Speech(who, start, min(start + length, END)) for who, start, length in spoken]
    turns = floor(sorted(speech, key=lambda each: each.start), END)
    assert turns[0].start == 0
    assert turns[-1].end == END
    for one, two in pairwise(turns):
        assert one.end == two.start
        assert one.client != two.client
    for turn in turns[1:-1]:
        assert turn.end - turn.start >= limits.FLOOR_SECONDS - 1e-9
    for turn in turns:
        if turn.client is not None:
            assert any(each.client == turn.client and each.start <= turn.start for each in speech)


@given(SPEECH)
def test_who_speaks_alone_for_long_has_the_floor(spoken: list[tuple[str, float, float]]) -> None:
    speech = sorted(
        (Speech(who, start, min(start + length, END)) for who, start, length in spoken),
        key=lambda each: each.start,
    )
    turns = floor(speech, END)
    for each in speech:
        others = [other for other in speech if other.client != each.client]
        # From when it must be so: after the inertia, and when others' pauses have ended.
        margin = limits.FLOOR_SECONDS + limits.SPEECH_BRIDGE_SECONDS
        start, end = each.start + margin, each.end - limits.SPEECH_LEAST_SECONDS
        if end <= start or any(other.end > each.start - 5 and other.start < each.end + 5 for other in others):
            continue
        assert all(turn.client == each.client for turn in turns if turn.start < end and turn.end > start)
