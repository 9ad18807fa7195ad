"""The media engine: connections of the transport joined with the forwarding unit.

`media` is the entrance. `published` is a sender's stream with its `track`s, whose packets `router` sorts;
`subscribed` and `viewed` (both `receiving`) are receivers, with a `section` for each track; `tap` is a
recorder. `alias` gives a receiver's packets an SSRC of their own.
"""
