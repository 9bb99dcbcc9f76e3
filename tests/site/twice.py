"""Build the book twice, in two folders and two surroundings, and name every file that differs.

``python -m tests.site.twice`` takes the book as it was last committed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass
class Surroundings:
    """What differs from one machine to another, and must not reach the site."""

    folder: Path
    umask: int
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run the press on the book in the folder, with the folder's own sources."""
        without = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
        return subprocess.run(
            [sys.executable, "-m", "udlbook_site", *arguments],
            cwd=self.folder,
            env={**without, **self.environment, "PYTHONPATH": str(self.folder / "src")},
            umask=self.umask,
            capture_output=True,
            text=True,
            errors="replace",
        )


def two_surroundings(base: Path) -> list[Surroundings]:
    """A usual machine, and one far from it; their folders are below ``base``, not yet made."""
    usual = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0", "COLUMNS": "80"}
    far = {"TZ": "Pacific/Kiritimati", "LC_ALL": "POSIX", "PYTHONHASHSEED": "1", "COLUMNS": "200"}
    far |= _german(base / "locales")
    far |= {"HOME": str(base / "home"), "XDG_CACHE_HOME": str(base / "cache")}
    return [
        Surroundings(base / "one", 0o022, usual),
        Surroundings(base / "another folder, with a longer name", 0o077, far),
    ]


def _german(place: Path) -> dict[str, str]:
    """A German locale that is not UTF-8, where one can be made."""
    place.mkdir(parents=True)
    made = shutil.which("localedef") and subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "ISO-8859-1", place / "de_DE"], capture_output=True
    )
    return {"LOCPATH": str(place), "LC_ALL": "de_DE"} if made and made.returncode == 0 else {}


def tree(folder: Path) -> dict[str, tuple[str, str]]:
    """The mode and the hash of everything below a folder, by its path."""
    found = {}
    for base, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(base, name)
            data = path.read_bytes() if name in files else b""
            mode = oct(path.lstat().st_mode)
            found[path.relative_to(folder).as_posix()] = mode, hashlib.sha256(data).hexdigest()
    return found


def differing(one: Path, other: Path) -> list[str]:
    """The paths below two folders that differ in content, in mode, or are in one of them only."""
    first, second = tree(one), tree(other)
    return sorted(name for name in first | second if first.get(name) != second.get(name))


def main() -> int:
    """Build the last commit twice, and compare."""
    with tempfile.TemporaryDirectory() as base:
        places = two_surroundings(Path(base))
        for place in places:
            subprocess.run(["git", "clone", "--quiet", ROOT, place.folder], check=True)
            done = place.command("build", "--device", "cpu")
            print(done.stdout, done.stderr, sep="\n", flush=True)
            if done.returncode:
                return done.returncode
        one, other = ((p.folder / "_build" / "html").resolve() for p in places)
        names = differing(one, other)
        for name in names:
            print(f"differs: {name}")
        print(f"{len(tree(one))} files and folders, {len(names)} differ")
        return int(bool(names))


if __name__ == "__main__":
    sys.exit(main())
