"""What is served over HTTP.

`listener` accepts, `app` has the routes; `pages`, `group_pages` and `static_files` are for browsers, `ws` is
the WebSocket, `api` the administration interface. `context` is what they all may use.
"""
