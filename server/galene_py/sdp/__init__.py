"""Session descriptions (RFC 8866, JSEP): read, negotiated and written. Pure; only the engine uses it.

Reading order: `model` (what a description says), `reader` with `attributes` and `codecs`, `negotiation` (what
we answer and offer), `writer`.
"""
