"""The conference: what the people in a group hear and see of one another.

`conference` has the clients and rooms. `client` is one connection, `remote` and its kinds are programs that
speak HTTP, `recording_member` is the recorder. `room` is who is in, `streams` who receives what (`receiver`
what somebody asked for, `subscription` what came of it). `dispatch` hands messages to `chat`,
`user_actions`, `group_actions` and `token_actions`; who may send them is decided before, by
`signalling.rules`.
"""
