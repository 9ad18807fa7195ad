"""All targets, by name."""

from __future__ import annotations

from fuzz import media, texts, web, wire
from fuzz.target import Target

TARGETS: dict[str, Target] = {
    target.name: target for target in (*wire.TARGETS, *media.TARGETS, *texts.TARGETS, *web.TARGETS)
}
