"""Who may make the server work how much: budgets of bytes, of computing time and of memory.

Every actor (a connection, the network it comes from, a member, a group) has one, and it is asked before the
work is done. Pure: costs and the time come in, a verdict goes out. Knows nothing of what the work is.
"""
