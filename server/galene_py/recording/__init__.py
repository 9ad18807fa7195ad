"""Recording: what is published in a group is written to disk as it comes, without transcoding.

The server's side (`recorder`, `session`, `channel`) hands packets to a process of its own per recording
(`writer`), which depacketises, times and muxes them: the muxer holds the interpreter for milliseconds at a
time, and media must not wait. The server never imports `writer` nor PyAV. If the server dies, the writer
notices and finishes its files; if both die, what is on the disk plays, and the next start finishes it.

On disk (`layout` makes the names, `sidecar` is the form of the JSON file; `docs/recordings.md` tells it to
people), below the directory of recordings, mode 0600 and 0700:

    GROUP/NAME.json                    the recording: who, which files, when; rewritten while it goes on
    GROUP/NAME_WHO_WHAT.webm           one stream's sound and picture; .mkv where WebM does not take them
    GROUP/NAME_WHO_WHAT.webm.part      the same while it is written; plays up to its end at any time
    GROUP/.NAME.lock                   held (flock) by whoever writes the recording

NAME is the local date and time of the start. A stream goes on in another file when its codec changes or when
sound or picture joins that was not there before; all files of a recording have their place on one time line.
"""
