"""One film of a recording: who speaks large, screens large with the speaker beside, else everybody alike.

`meeting` reads the sidecar, `floor` says who speaks, `plan` makes scenes of both, `chapters` and `subtitles`
name them, `layout` gives rectangles, `mix` adds sound without clipping: pure. `letters`, `canvas`, `picture`,
`voice` and `output` touch pixels, samples and codecs; `film` drives them all, in a process of its own, which
`galene-py compose` is. The server imports `jobs` only, which starts that process in the background.

Pictures are scaled by FFmpeg and copied to their places by numpy: a graph of filters would have to be built
anew for each scene and each changed size. So is sound added: people come and go.

Needs the extra `compose` (`pip install '.[compose]'`): numpy to lay pictures over one another and to add
sound, and Pillow to write names. FFmpeg's own text filter is not in PyAV's wheels; Pillow is 7 MB, without
dependencies, shapes every script and brings a font for systems that have none.
"""
