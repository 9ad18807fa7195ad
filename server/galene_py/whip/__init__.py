"""WHIP (RFC 9725): programs that send their media over HTTP and are members of a group like everybody else.

`endpoint` speaks HTTP, `sessions` keeps who is in, `fragment` reads and writes what trickles, `answers` holds
the shapes of the answers. Media and groups are the conference's business.
"""
