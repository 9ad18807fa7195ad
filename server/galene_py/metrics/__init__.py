"""What the server tells Prometheus of itself: `/metrics`, to those who may ask.

`snapshot` walks over what there is, in portions; `families` gives it names and units; `endpoint` serves it,
at an address of its own or to who knows the token; `heartbeat` measures how late the event loop is. Sees
media only through the Protocol class of `snapshot`. The number of figures does not depend on the number of
people, groups or addresses.
"""
