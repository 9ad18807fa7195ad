"""WHIP (RFC 9725) and WHEP: programs that send or watch over HTTP and are members like everybody else.

`endpoint` speaks HTTP; `sending` (WHIP) and `watching` (WHEP) are its two kinds. `sessions` keeps who is in,
`fragment` reads and writes what trickles, `answers` holds the shapes of the answers. Media and groups are the
conference's business.
"""
