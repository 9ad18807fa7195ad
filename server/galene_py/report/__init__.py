"""`galene-py report`: what somebody who looks for a fault must know, in one file that can be shown.

`sections` gathers it: versions, machine, settings, figures, the log. `masking` hides what is nobody's
business: secrets, names, addresses. The file is text, so that its owner can read it before it goes anywhere;
nothing is ever sent. Imports nothing of the running server.
"""
