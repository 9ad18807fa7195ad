"""From one colour of a site to the colours that its pages need, readable in the light and in the dark.

The contrasts are those of WCAG 2.2, 1.4.3. Pure.
"""

from __future__ import annotations

TEXT = 4.5
"""least contrast between text and what is behind it (WCAG 2.2, 1.4.3)"""

Colour = tuple[float, float, float]
"""Red, green and blue, from 0 to 1, as sRGB has them."""

WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)
LIGHT: Colour = (0xEE / 255, 0xF0 / 255, 0xF4 / 255)
"""the darkest background of the light theme that has links on it"""
DARK: Colour = (0x22 / 255, 0x26 / 255, 0x2F / 255)
"""the lightest background of the dark theme that has links on it"""
_STEP = 0.02


def parse(text: str) -> Colour:
    """`#rrggbb`."""
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def hexadecimal(colour: Colour) -> str:
    """As `#rrggbb`."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def luminance(colour: Colour) -> float:
    """Relative luminance, from 0 to 1 (WCAG 2.2)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """From 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(colour: Colour, other: Colour, part: float) -> Colour:
    """`part` of `other`, from 0 to 1, in `colour`."""
    red, green, blue = (a + (b - a) * part for a, b in zip(colour, other, strict=True))
    return red, green, blue


def soft(accent: Colour, page: Colour) -> Colour:
    """A tint of the page, on which there is text in the accent, too."""
    return mixed(page, accent, 0.12)


def readable(colour: Colour, behind: Colour, page: Colour, towards: Colour) -> Colour:
    """The colour nearest to this one, on the way to `towards`, in which text can be read.

    On `behind`, and on its own tint of the page.
    """
    part = 0.0
    while part < 1:
        accent = mixed(colour, towards, part)
        if min(contrast(accent, behind), contrast(accent, soft(accent, page))) >= TEXT:
            break
        part = min(1.0, part + _STEP)
    return mixed(colour, towards, part)


def on(colour: Colour) -> Colour:
    """Text on this colour: white, or black where that is easier to read."""
    return WHITE if contrast(WHITE, colour) >= contrast(BLACK, colour) else BLACK


def stylesheet(text: str) -> str:
    """The colours of a site for both themes, as the pages' stylesheets call them (css/tokens.css)."""
    colour = parse(text)
    light = _rules(readable(colour, LIGHT, WHITE, BLACK), WHITE, BLACK)
    dark = _rules(readable(colour, DARK, DARK, WHITE), DARK, WHITE)
    return (
        f":root {{ {light} }}\n"
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dark} }} }}\n'
        f':root[data-theme="dark"] {{ {dark} }}\n'
    )


def _rules(accent: Colour, page: Colour, away: Colour) -> str:
    colours = {
        "accent": accent,
        "accent-hover": mixed(accent, away, 0.15),
        "accent-soft": soft(accent, page),
        "on-accent": on(accent),
    }
    return " ".join(f"--{name}: {hexadecimal(value)};" for name, value in colours.items())
