"""Bounds of the connection test: anybody may ask for one."""

TEST_SECONDS = 20.0
"""After which a test ends whatever happens: the page needs 5 for each path and 5 for the rate."""

TESTS = 32
"""RunningTests at the same time on one server: at 3 Mbit/s each, 100 Mbit/s come in."""

TESTS_PER_ORIGIN = 6
"""Of one network: two people who try UDP, TCP and a relay."""

TEST_BURST = 12
"""RunningTests that one network may begin in a row."""

TEST_RATE = 0.2
"""RunningTests per second that it may begin in the long run."""

ORIGINS_KNOWN = 1000
"""Networks whose last tests are remembered: 100 bytes each."""

DESCRIPTION_BYTES = 20_000
"""Of the offer: those of browsers, with one picture and one sound, have 6 kB."""
