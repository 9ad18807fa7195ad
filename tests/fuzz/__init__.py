"""Fuzzing of everything that reads what came over the network, one target per parser.

A target says what must hold for any bytes: the parser raises exactly its one type of error, and what it
returns satisfies an invariant. `tests/unit/test_parsers_under_fuzz.py` runs all of them for seconds, always
alike; `scripts/fuzz` runs them for as long as it is told, led by the lines that an input reaches.
"""
