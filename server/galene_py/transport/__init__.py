"""The way of media: datagrams of browsers in, packets for browsers out.

`hub` owns everything and has the one socket read; `dispatcher` finds the `peer` of each datagram by the
`address_book`. `ice` and `dtls` decide and protect, `sockets` alone reads and sends. `interfaces` is what
the owner of a peer is told.
"""
