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
DECODERS = 20
"""Pictures that are kept open: those of a grid, and a few that are likely to come back. Each holds some ten
megabytes of decoded pictures."""
PICTURE_PIXELS = 1 << 24
"""Pixels of a picture that is decoded: more than a screen of 5120 × 2880. Whoever sent it says how large it
is, and decoders hold several."""
JUMP_SECONDS = 2.0
"""A picture that was not shown for so long looks for a later keyframe instead of decoding on."""
STILL_SECONDS = 2.0
"""A camera that brings no picture for so long is off: its name stands in its place."""
FREEZE_SECONDS = 0.5
"""How long the last picture stays when a camera is off."""
BLOCKS_WAITING = 12
"""Pictures and pieces of sound that wait to be coded: a moment's, so that both cores work."""
SOUND_STEP_SECONDS = 0.02
"""Sound whose time is off by more than this is moved, as lips would notice the double of it."""
LOUDEST = 0.89
"""Amplitude that sound never exceeds: one decibel below what is possible, which coding may add."""
RELEASE = 1.02
"""How much louder sound may become from one piece to the next after something loud: 8 dB a second."""
NAME_LETTERS = 80
"""Letters of a name that are drawn."""
FONT_FILES = 500
"""Fonts of the system that are tried for a name in an unusual script."""
FONTS_KEPT = 200
"""Fonts that were found for a name in a size: those of a grid, in some sizes."""
FREE_BYTES = 256 << 20
"""Free bytes of the disk below which a film in the background is given up: recordings and the server's state
live there, too."""
FREE_CHECK_SECONDS = 2.0
"""Time between two looks at it."""
CHAT_LINE_SECONDS = 6.0
"""Time that a line of chat is shown."""
CHAT_SHOWN = 3
"""Lines of chat that are shown at a time."""
CHAT_LETTERS = 200
"""Letters of a line of chat that are shown."""
FILMS_WAITING = 50
"""Films that wait to be made in the background: a day's work for a small machine."""
FILM_STOP_SECONDS = 10.0
"""Time that a film's process has to end when it is told to; then it is killed."""
WHY_BYTES = 2000
"""What is read of a process's last words."""
