"""Bounds of session descriptions: one name each, its unit and the reason beside it."""

SDP_BYTES = 256 * 1024
"""Characters of one session description. A browser's offer of two sections is 6 kB; 64 sections fit."""
SDP_LINES = 8_000
"""Lines of one session description. Chromium writes about 110 lines for one video section."""
SDP_SECTIONS = 64
"""m= sections of one session description; a stream has two, a few more after many renegotiations."""
SDP_LIST = 128
"""Entries of any list inside one section (ssrc, extmap, rid, candidate, payload types)."""
SDP_TOKEN = 64
"""Characters of a mid, a rid or a codec's name: they are repeated in what we send."""
SDP_ENCODINGS = 3
"""Simulcast encodings taken of one section; browsers send up to three."""
SDP_SKIPPED = 8
"""Useless lines of one section, or of the session, that are remembered for telling the peer."""
SDP_REASON = 200
"""Characters of the reason why a section was refused, as the answer and the error give it."""
