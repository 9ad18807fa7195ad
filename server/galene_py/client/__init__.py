"""A client of the protocol, in Python: for `pull`, `push`, and programs of one's own.

    place = await address.look_up(http, address.parse("https://your.host:8443/group/chess/"))
    async with session.connect(http, place.endpoint, listen=heard) as client:
        await client.join(place.group, Credentials(username="Ada"))
        await client.request({"camera": ["audio", "video"]})
        answer = await client.publish("s1", offer, label="camera")

`address` understands URLs and invitations; `session` speaks the protocol over a WebSocket and knows nothing
of media; `ice_servers` reads what the server says of STUN and TURN. Media that comes in is `incoming`:
packets as they were sent, not decoded, over `bridge`. Works with every server of the protocol.

`pulling` takes one stream to what `targets` can be, through `taking`; `pushing` sends what `playing` reads,
through `outgoing`. Both are driven by `staying`, which comes back after a lost connection.
"""
