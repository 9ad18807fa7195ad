"""The registry of groups under the name by which the wiring first knew it."""

from __future__ import annotations

from galene_py.groups.registry import GroupRegistry as Registry

__all__ = ["Registry"]
