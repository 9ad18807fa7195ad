"""The forwarding unit: packets of one sender in, packets for many receivers out, without transcoding.

Pure: no clock, no socket, no task. `UpTrack` is one incoming media section, `DownTrack` one receiver of it.
Batches and `now` (monotonic seconds) go in; deliveries, reports and due times come out.

In: `encoding` checks, numbers and caches the packets of one SSRC. Between: `routes` says who is served by
which `forwarder`; only a `rewriter` changes what packets say. Out: `down` answers a receiver's reports;
`bandwidth` and `layers` choose what it gets. Where it gives transport-wide feedback, `congestion` estimates
what its whole line carries and `allocation` divides that; `numbers` is what they go by.
"""

from galene_py.sfu.clock import StreamClock
from galene_py.sfu.down import DownTrack, Feedback
from galene_py.sfu.forwarder import Audience
from galene_py.sfu.up import Delivery, UpTrack

__all__ = ["Audience", "Delivery", "DownTrack", "Feedback", "StreamClock", "UpTrack"]
