"""The client protocol as a pure state machine.

`messages` are its types, `rules` say who may send which, `session` is the state of one client.
"""
