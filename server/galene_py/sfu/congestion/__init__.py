"""What a receiver's line carries, from what its feedback says of the packets it was sent.

Pure: feedback, reports and the time go in, an estimate comes out (draft-ietf-rmcat-gcc-02). `Estimator` is
one per receiver; it has a `Path` for each of the receiver's connections.
"""

from galene_py.sfu.congestion.estimator import Estimator
from galene_py.sfu.congestion.path import Path

__all__ = ["Estimator", "Path"]
