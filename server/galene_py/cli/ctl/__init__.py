"""`galene-py ctl`: administer a server from a shell, over its administration interface.

Verbs and options are those of Galène's own tool, whose servers it can administer too. Reads and writes no
file of a server, except that `initial-setup` makes the first ones.
"""

from __future__ import annotations

from galene_py.cli.ctl.root import ctl

__all__ = ["ctl"]
