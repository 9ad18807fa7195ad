"""Groups: who may enter which room and do what there.

For the rest of the server the entrance is `registry.GroupRegistry`:

    registry = GroupRegistry(groups_dir, data_dir, clock=time.monotonic, server=config)
    await registry.start()                      # first look at all files, then the slow timer
    group = registry.get("teaching/maths")      # live.Group; UnknownGroup or GroupError
    admission = await registry.authenticate(group, Credentials(username, password, token))   # or Refused
    group.add(member)                           # Refused when locked, full, closed
    group.remove(member)
    registry.on_changed(reconsider)             # a file or an invitation was changed

Files are read again when they change. Nothing here knows HTTP, WebSockets or media.
"""
