"""Bounds and measures of films: one name each, its unit and the reason beside it."""

FILM_SECONDS = 48 * 3600.0
"""Longest recording of which a film is made: a sidecar may say anything."""
FILM_SOURCES = 10_000
"""Files of one recording: as many as recording writes."""
BRIDGE_SECONDS = 1.5
"""A camera, a screen or a person that is back after so long was never away: a stream was replaced."""
SPEECH_BRIDGE_SECONDS = 2.0
"""Pause within which somebody goes on speaking: a breath, a thought."""
SPEECH_LEAST_SECONDS = 1.0
"""Speech that is shorter in all does not make anybody large: a yes, a cough."""
INTERRUPT_SECONDS = 3.0
"""How long somebody must speak beside the one who is large to become it."""
FLOOR_SECONDS = 3.0
"""Shortest time that somebody is large, or everybody equal: more changes make dizzy."""
QUIET_SECONDS = 4.0
"""Silence after which everybody is shown equally."""
GRID_TILES = 16
"""Tiles of a scene in which everybody is equal: more were too small to see a face."""
SMALL_TILES = 5
"""Tiles beside a large one: so many fit beside it at half of a grid's height each."""
SCREENS = 4
"""Screens that are shown at a time; the newest."""
CHAPTER_SECONDS = 10.0
"""Shortest chapter: a quick exchange is one."""
CHAPTERS = 500
"""Chapters of a film: players list them all."""
