"""What to ask of a video sender: as much as its receivers can take (draft-alvestrand-rmcat-remb-03).

A browser without any REMB falls to 30 kbit/s, and one that gets a small first one needs a minute to climb: so
this starts high and is never below `limits.RATE_MIN`. A pure function of the receivers' maxima.
"""

from __future__ import annotations

from collections.abc import Sequence

from galene_py.sfu import limits


def wanted_rate(maxima: Sequence[float], base_share: float, lower_rates: float | None) -> int:
    """Bits per second for the whole section.

    `maxima`: of each receiver that wants the best. `base_share`: which part of the stream remains when all
    temporal layers that can be left out are; 1 when there are none. `lower_rates`: what the encodings below
    the best take together; None without simulcast.

    One encoding goes to everybody, so the weakest receiver decides, as far as leaving out layers does not
    help it. With simulcast the weak ones take a lower encoding, and the strongest decides.
    """
    if not maxima:
        rate = float(limits.RATE_IDLE)
    elif lower_rates is None:
        rate = min(max(maxima), min(maxima) / base_share)
    else:
        rate = max(maxima) + lower_rates
    return int(min(max(rate, limits.RATE_MIN), limits.RATE_MAX))
