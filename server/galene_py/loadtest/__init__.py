"""`galene-py loadtest`: people who are none, to see what a server carries.

They speak the protocol (`client`) and send and receive encrypted media over real sockets, against any
server that speaks it. `shapes` says who sends and who watches, `person` is one of them, `peer` one of their
connections with its `ice` and DTLS; `sender` and `receiver` make and judge packets; `figures` sums up,
`report` shows it. Packets are made, with the sizes and keyframes of a camera; nothing is encoded or
decoded, so that two cores make hundreds of people.
"""
