"""Place a built site in a folder of editions: under its version for good, and as the latest.

The folder is what a web server shows: ``v0.1/``, ``v0.2/``, ..., ``latest``, and an ``index.html``
that leads to the latest. Each edition lists the hashes of its files and never changes again.
``latest`` is a link, so that it moves in one rename; who packs the folder follows the link.
"""

import os
import re
import shutil
from pathlib import Path

from .keys import digest
from .progress import console
from .project import PressError

SUMS = "SHA256SUMS"  # as sha256sum reads and writes it
_VERSION = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)
_FRONT = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url=latest/">
<title>The latest edition</title>
<p><a href="latest/">The latest edition</a></p>
</html>
"""


def deploy(site: Path, to: Path, version: str) -> Path:
    """Add an edition to a folder of editions; deploying the same site again changes nothing.

    Args:
        site: The built site.
        to: The folder of editions; made if it is not there.
        version: The edition, such as ``v1.2``.

    Returns:
        The edition's folder.

    Raises:
        PressError: If there is no site, the version is not of that form, it is taken by another
            site, or an earlier edition is not what was once deployed. Nothing is changed then.
    """
    if not _VERSION.fullmatch(version):
        raise PressError(f"expected an edition such as v1.2, got {version!r}: rename the tag")
    if not (site / "index.html").is_file():
        raise PressError(f"no site at {site}: run `make site` first")
    site, place = site.resolve(), to / version
    for edition in _editions(to):
        _check(edition)
    listing = _listing(site)
    if not place.exists():
        _add(site, place, listing)
    elif (place / SUMS).read_text("utf8") != listing:
        raise PressError(
            f"{version} is deployed already, with other contents, and stays: "
            "give this site the next version"
        )
    latest = max(_editions(to), key=_number)
    link = to / ".new-latest"
    link.unlink(missing_ok=True)
    link.symlink_to(latest.name)
    os.replace(link, to / "latest")
    front = to / ".new-index"
    front.write_text(_FRONT, "utf8")
    os.replace(front, to / "index.html")
    console.print(f"{version} is at {place}; the latest edition is {latest.name}")
    return place


def _add(site: Path, place: Path, listing: str) -> None:
    work = place.with_name(f".new-{place.name}")
    shutil.rmtree(work, ignore_errors=True)  # of a deployment that was cut short
    shutil.copytree(site, work)
    (work / SUMS).write_text(listing, "utf8")
    os.replace(work, place)


def _editions(to: Path) -> list[Path]:
    found = to.iterdir() if to.is_dir() else ()
    return sorted(p for p in found if _VERSION.fullmatch(p.name))


def _number(edition: Path) -> tuple[int, ...]:
    return tuple(map(int, _VERSION.fullmatch(edition.name).groups()))


def _check(edition: Path) -> None:
    try:
        known = set((edition / SUMS).read_text("utf8").splitlines())
    except OSError:
        known = set()
    if different := known ^ set(_listing(edition).splitlines()):
        name = min(line[66:] for line in different)
        raise PressError(
            f"{edition.name} is not what was deployed: {name} differs, is new or is gone. "
            f"Restore {edition} from its archive"
        )


def _listing(folder: Path) -> str:
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    files.pop(SUMS, None)
    return "".join(f"{digest(files[name].read_bytes())}  {name}\n" for name in sorted(files))
