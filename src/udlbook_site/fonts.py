"""Cut a font in two, so that most pages fetch the smaller part only.

A maintainer's tool, which needs fontTools and brotli; building the book does not. The folder of
text fonts was made by ``python -m udlbook_site.fonts FOLDER_OF_WHOLE_FONTS book/_static/fonts``,
which prints the ``unicode-range`` of both parts for the style sheet.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

# ASCII, and what English prose and its names take besides.
PROSE = [*range(0x20, 0x7F), *map(ord, "\u00a0×±·éöü–—‘’“”…″′−↑↓")]


def cut(source: Path, common: Iterable[int], folder: Path) -> dict[str, set[int]]:
    """Write ``NAME-common.woff2`` and ``NAME-rest.woff2``: together they hold every sign.

    Args:
        source: A font.
        common: Code points that the first part has, if the font does.
        folder: Where the parts are written.

    Returns:
        The code points of each part.
    """
    from fontTools import subset
    from fontTools.ttLib import TTFont

    signs = set(TTFont(source).getBestCmap())
    parts = {"common": signs & set(common)}
    parts["rest"] = signs - parts["common"]
    for part, kept in parts.items():
        options = subset.Options(flavor="woff2", layout_features=["*"], hinting=True)
        font = TTFont(source, recalcTimestamp=False)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=kept)
        cutter.subset(font)
        font.flavor = "woff2"
        font.save(folder / f"{source.stem}-{part}.woff2")
    return parts


def ranges(points: set[int]) -> str:
    """Code points as a CSS ``unicode-range``.

    >>> ranges({65, 66, 67, 97})
    'U+41-43,U+61'
    """
    runs: list[list[int]] = []
    for point in sorted(points):
        if runs and point == runs[-1][1] + 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    return ",".join(f"U+{a:x}" if a == b else f"U+{a:x}-{b:x}" for a, b in runs)


def main(whole: Path, folder: Path) -> None:
    """Cut each font of a folder."""
    for source in sorted(whole.glob("*.woff2")):
        for part, signs in cut(source, PROSE, folder).items():
            print(f"{source.stem}-{part} {ranges(signs)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
