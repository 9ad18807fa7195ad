"""The process that writes one recording: packets in, files out. Never imported by the server.

`__main__` runs `loop`, which reads the server's messages and drives everything else: `reorder`, `timeline`,
`speech` are pure, `sound` fills holes; `track` joins them with the depacketisers of `rtp`; `stream` decides
what goes into which file; `muxer` is the only place that muxes, `muxfile` the file it writes to; `finish`
mends what a killed writer left.
"""
