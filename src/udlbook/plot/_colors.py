"""The six colours of the book, for light and for dark pages.

They were chosen, not taken over: on a white page each has a contrast of 3 or more (WCAG 2.2,
success criterion 1.4.11), and any two stay apart for readers with protanopia, deuteranopia or
tritanopia, because they differ in lightness where they would collide in hue. The dark variants
do the same on the site's dark page. ``tests/udlbook/plot`` computes both.
"""

COLORS = {
    "blue": "#1259c3",
    "orange": "#c98200",
    "green": "#0a9b66",
    "red": "#a81c2b",
    "purple": "#cf4dba",
    "grey": "#6b6b6b",
}

# The site writes COLORS as CSS variables; in dark mode they take these values.
DARK_COLORS = {
    "blue": "#5b9dff",
    "orange": "#f2a541",
    "green": "#4be3a0",
    "red": "#f8595c",
    "purple": "#f0a6ea",
    "grey": "#8a8a8a",
}
