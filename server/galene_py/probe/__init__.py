"""`/connection-test`: a stream that nobody sees, by which a browser tries its way to this server.

A page sends a test picture over the very paths that a meeting would use, reads round trip, loss and rate off
its own statistics, and tells its person in words. Nothing of it is kept, forwarded or shown to anybody.
"""
