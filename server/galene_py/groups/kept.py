"""Which groups are remembered though nobody is there, and for how long.

A group with a file of its own stays for what was said in it. An automatic subgroup goes, with all that was
said, once nobody is in it and nobody is awaited. Every question about a group costs a look at a few others,
never at all of them. Owner of the state: the registry.
"""

from __future__ import annotations

from collections import OrderedDict

from galene_py.groups import limits
from galene_py.groups.live import Group


class KeptGroups:
    """Groups by name; the one that was not asked for or looked at for the longest time comes first."""

    def __init__(self) -> None:
        self._groups: OrderedDict[str, Group] = OrderedDict()

    def keep(self, group: Group) -> None:
        """Somebody asked for a group."""
        self._groups[group.name] = group
        self._groups.move_to_end(group.name)
        self.tidy(limits.GROUPS_LOOKED_AT)

    def forget(self, name: str) -> None:
        """A group is gone, with what was said there."""
        if (group := self._groups.pop(name, None)) is not None:
            group.history.clear()

    def tidy(self, looks: int) -> None:
        """Look at some groups, and forget those that need not be kept."""
        for _ in range(min(looks, len(self._groups) - 1)):  # not the one that was asked for just now
            name, group = next(iter(self._groups.items()))
            if self._needless(group):
                self.forget(name)
            else:
                self._groups.move_to_end(name)

    def __len__(self) -> int:
        return len(self._groups)

    def _needless(self, group: Group) -> bool:
        if group.members:
            return False
        count = len(self._groups)
        return (
            (group.automatic and group.deserted())
            or (count > limits.GROUPS_IDLE // 2 and group.idle())
            or (count > limits.GROUPS_IDLE and group.deserted())
            or count > 2 * limits.GROUPS_IDLE
        )
