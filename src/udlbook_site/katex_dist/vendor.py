"""Make this folder from the published package: ``python vendor.py FOLDER_OF_PACKAGE INTEGRITY``.

Needs fontTools and brotli, which building the book does not. Each large font is cut into a part
that most formulas need and the rest; ``unicode-range`` lets a browser fetch the second only for a
page that has such a sign. Together the parts hold every sign of the published font.
"""

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

from udlbook_site.fonts import cut, ranges

HERE = Path(__file__).parent
LETTERS = [*range(0x30, 0x3A), *range(0x41, 0x5B), *range(0x61, 0x7B)]
# What most formulas take from a font.
COMMON = {
    "KaTeX_AMS-Regular": [0x20, *range(0x41, 0x5B)],
    "KaTeX_Main-Bold": [0x20, *LETTERS],
    "KaTeX_Main-Regular": [
        *range(0x20, 0x7F),
        *map(ord, "\u00a0±·×÷ˉˆ˙˜⃗′…∂∇¨°≪≫⎩−∗∘√∞∈∑∏∣∥∫≈≠≤≥≡∼∝→←↦⇒⟨⟩⋅⋯⊤⊙⊕⌊⌋⌈⌉ΓΔΘΛΞΠΣΦΨΩℓ’⟹⟶∪∩⊂⊆∀∃∅"),
    ],
    "KaTeX_Math-BoldItalic": [0x20, *map(ord, "αβγδεζηθικλμνξπρστυφχψωϑϕϵ")],
}


def main(package: Path, integrity: str) -> None:
    """Copy, cut, and write the manifest."""
    fonts = HERE / "static" / "katex" / "fonts"
    shutil.rmtree(fonts, ignore_errors=True)
    fonts.mkdir(parents=True)
    shutil.copy(package / "dist" / "katex.min.js", HERE)
    shutil.copy(package / "LICENSE", HERE / "LICENSE.txt")
    css = (package / "dist" / "katex.min.css").read_text("utf-8")
    css = re.sub(r',url\([^)]*\.(woff|ttf)\) format\("(woff|truetype)"\)', "", css)
    published = {}
    for source in sorted((package / "dist" / "fonts").glob("*.woff2")):
        published[source.name] = hashlib.sha256(source.read_bytes()).hexdigest()
        if source.stem not in COMMON:
            shutil.copy(source, fonts)
            continue
        rule = re.search(rf"@font-face\{{[^}}]*{source.name}[^}}]*\}}", css)[0]
        rules = ""
        for part, signs in cut(source, COMMON[source.stem], fonts).items():
            rules += rule.replace(source.stem, f"{source.stem}-{part}").replace(
                "}", f";unicode-range:{ranges(signs)}}}"
            )
        css = css.replace(rule, rules)
    (HERE / "static" / "katex" / "katex.min.css").write_text(css, "utf-8")
    version = json.loads((package / "package.json").read_text("utf-8"))["version"]
    files = {
        p.relative_to(HERE).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(HERE.rglob("*"))
        if p.suffix in {".js", ".css", ".woff2", ".txt"}
    }
    manifest = {
        "package": "katex",
        "version": version,
        "source": "https://www.npmjs.com/package/katex",
        "integrity": integrity,
        "note": "vendor.py made this folder: it drops woff and ttf fonts, and cuts four fonts.",
        "published": published,
        "sha256": files,
    }
    (HERE / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
