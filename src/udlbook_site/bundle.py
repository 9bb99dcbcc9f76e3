"""A bundle: one file with the runs of one machine, for another to show.

It is a zip file with ``manifest.json`` (the settings of the runs and the SHA-256 of every other
member) and, for each run, ``entries/KEY/notebook.json`` and ``record.json`` as the store has them.
The same runs give the same bytes, with the same zlib.

A bundle may come from anywhere, so nothing in it is believed: it is merged when every name, hash,
field and output has been checked, and else nothing is written. Who made it, its hashes cannot
tell: compare the hash of the whole file with the one that its maker printed.
"""

import json
import os
import re
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from .keys import Settings, digest
from .pages import CHAPTER, FIGURE
from .progress import console
from .project import CLAIM, PressError, Project
from .published import NotPublished, check_outputs
from .run import claims_of, lookup, select
from .store import FILES, Entry, Store

FORMAT = 1
MANIFEST = "manifest.json"
LIMIT = 2**30  # bytes of all members, unpacked
_MEMBER = re.compile(rf"entries/([0-9a-f]{{64}})/({'|'.join(map(re.escape, FILES))})")
_HASH = re.compile("[0-9a-f]{64}")
_SETTINGS = {"tier": ("small", "full"), "device": ("cpu", "cuda")}
_OUTPUTS = {
    "stream": {"name": str, "text": str},
    "display_data": {"data": dict, "metadata": dict},
    "execute_result": {"data": dict, "metadata": dict},
    "error": {"ename": str, "evalue": str, "traceback": list},
}
# What reading a broken zip file, or JSON that is not what it should be, raises.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ArithmeticError,
    ValueError, TypeError, AttributeError, IndexError,
)  # fmt: skip
_NUMBERS = frozenset({"value", "low", "high"})
_CLAIM = _NUMBERS | {"name", "source", "fmt", "text", "paper", "where", "paper_text", "tier"}


def bundle(project: Project, file: Path, names: list[str], settings: Settings) -> str:
    """Write the stored runs of pages into a file.

    Args:
        project: The book.
        file: The bundle; replaced in one rename.
        names: Files, page names or folders; all pages if there are none.
        settings: What the pages ran with.

    Returns:
        The SHA-256 of the file.

    Raises:
        PressError: If a page has no stored run.
    """
    entries, _ = lookup(project, settings)
    wanted = [page.name for page in select(project, names)]
    if missing := [name for name in wanted if name not in entries]:
        raise PressError(
            f"{len(missing)} pages have no stored run for tier {settings.tier} on "
            f"{settings.device} ({_names(missing)}): "
            f"run `python -m udlbook_site run --tier {settings.tier}` first"
        )
    runs = [entries[name] for name in wanted]
    members = {f"entries/{e.key}/{n}": text for e in runs for n, text in e.files().items()}
    manifest = {
        "format": FORMAT,
        "settings": vars(settings),
        "members": {name: digest(text) for name, text in members.items()},
    }
    members[MANIFEST] = json.dumps(manifest, indent=1, sort_keys=True)
    _write(file, members)
    sha256 = digest(file.read_bytes())
    console.print(f"{len(runs)} runs are in {file}; sha256 {sha256}", markup=False)
    return sha256


def merge(project: Project, file: Path) -> None:
    """Add the runs of a bundle to the store, and say which pages are still to be run.

    Raises:
        PressError: If anything in the bundle is not as it must be; nothing is written then.
    """
    settings, entries = read(file)
    store = Store(project.store, project.root)
    new = 0
    for entry in entries:
        old = store.get(entry.key)
        if old is None or old.stamp != entry.stamp:
            store.keep(entry)
            new += 1
    console.print(f"{len(entries)} runs in {file}, {new} of them new", markup=False)
    found, stale = lookup(project, settings)
    used = {entry.key for entry in found.values()}
    if unused := sorted(e.record["page"] for e in entries if e.key not in used):
        console.print(
            f"{len(unused)} runs were made with other sources, data or versions than those here, "
            f"and no page shows them: {_names(unused)}",
            markup=False,
        )
    console.print(
        f"{len(stale)} pages have no stored run for tier {settings.tier} on {settings.device}"
        + (f": {_names([page.name for page in stale])}" if stale else ""),
        markup=False,
    )


def read(file: Path) -> tuple[Settings, list[Entry]]:
    """The settings and the runs of a bundle, all of it checked.

    Raises:
        PressError: If there is no such file, or anything in it is not as it must be.
    """
    if not file.is_file():
        raise PressError(f"no file {file}: make it with `python -m udlbook_site store bundle`")
    try:
        return _read(file)
    except KeyError as error:
        reason = f"{error} is missing"
    except _BROKEN as error:
        reason = " ".join(str(error).split())
    raise PressError(
        f"{file} is no sound bundle ({reason}), and nothing of it is used: make it again"
    )


def _read(file: Path) -> tuple[Settings, list[Entry]]:
    members = _members(file)
    manifest = json.loads(members.pop(MANIFEST, b"{}"))
    if manifest.get("format") != FORMAT:
        raise ValueError(f"expected format {FORMAT}, got {manifest.get('format')!r:.20}")
    hashes = manifest["members"]
    if odd := sorted(set(hashes) ^ set(members)):
        raise ValueError(f"{odd[0]} is a member or in the manifest, but not both")
    if odd := [name for name, data in members.items() if digest(data) != hashes[name]]:
        raise ValueError(f"{odd[0]} is not what the manifest says")
    settings = _settings(manifest["settings"])
    keys = sorted({_MEMBER.fullmatch(name)[1] for name in members})
    texts = [[members[f"entries/{key}/{name}"].decode() for name in FILES] for key in keys]
    return settings, [_entry(key, *text, settings) for key, text in zip(keys, texts, strict=True)]


def _members(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        found = archive.infolist()
        names = [info.filename for info in found]
        for name in names:
            if name != MANIFEST and not _MEMBER.fullmatch(name):
                raise ValueError(f"it holds {name[:80]!a}, which belongs in no bundle")
        if len(set(names)) < len(names):
            raise ValueError("it holds a member twice")
        if (size := sum(info.file_size for info in found)) > LIMIT:
            raise ValueError(f"it unpacks to {size / 2**20:.0f} MB, more than {LIMIT >> 20} MB")
        # zipfile unpacks no more of these than was asked for; other methods know no bound.
        if any(i.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for i in found):
            raise ValueError("it is packed by another method than deflate")
        members = {}
        for info in found:
            with archive.open(info) as member:
                members[info.filename] = member.read(info.file_size + 1)
        return members


def _settings(given: dict) -> Settings:
    settings = Settings(**given)
    wrong = [k for k, allowed in _SETTINGS.items() if getattr(settings, k) not in allowed]
    if wrong or not all(type(n) is int for n in (settings.seed, settings.threads)):
        raise ValueError(f"no press runs with {str(given)[:80]}")
    return settings


def _entry(key: str, notebook: str, record: str, settings: Settings) -> Entry:
    entry = Entry.read(key, notebook, record)
    if list(entry.files().values()) != [notebook, record]:
        raise ValueError(f"run {key[:12]} is not written as the press writes it")
    found = entry.record
    if not (
        isinstance(found["page"], str)
        and found["page"].isprintable()
        and found["kind"] in (CHAPTER, FIGURE)
        and _HASH.fullmatch(found["static"])
        and isinstance(found["reads"], list)
        and all(_inside(name) for name in found["reads"])
        and _number(found["seconds"])
        and isinstance(found["date"], str)
        and found["device"] in (settings.device, "cpu")
        and all(found[k] == getattr(settings, k) for k in ("tier", "seed", "threads"))
    ):
        raise ValueError(f"the record of run {key[:12]} is none that this press writes")
    for number, cell in enumerate(entry.cells, 1):
        where = f"{found['page']}, cell {number}"
        if set(cell) != {"source", "outputs"} or not isinstance(cell["source"], str):
            raise ValueError(f"{where} is not a cell")
        if not all(_is_output(output) for output in cell["outputs"]):
            raise ValueError(f"{where} has an output that no kernel gives")
        try:
            check_outputs(cell["outputs"])
            _check_drawings(cell["outputs"])
        except (NotPublished, ValueError) as error:
            raise ValueError(f"{where}: {error}") from None
    if found["claims"] != claims_of(entry.cells):
        raise ValueError(f"{found['page']}: its claims are not those of its outputs")
    return entry


def _inside(name: str) -> bool:
    """Whether a data file's name leads to a place in the project."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and str(path) == name


def _number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_output(output: dict) -> bool:
    fields = {"output_type": str, **_OUTPUTS[output["output_type"]]}
    return (
        output.keys() == fields.keys()
        and all(isinstance(output[name], kind) for name, kind in fields.items())
        and all(isinstance(line, str) for line in output.get("traceback", []))
        and all(
            _is_claim(value) if kind == CLAIM else isinstance(value, str)
            for kind, value in output.get("data", {}).items()
        )
    )


def _is_claim(claim: dict) -> bool:
    return claim.keys() == _CLAIM and all(
        _number(value) or (name == "paper" and value is None)
        if name in _NUMBERS | {"paper"}
        else isinstance(value, str)
        for name, value in claim.items()
    )


def _check_drawings(outputs: list[dict]) -> None:
    from .sphinx_ext.svg import inline

    for output in outputs:
        if svg := output.get("data", {}).get("image/svg+xml"):
            inline(svg, "", prefix="")


def _names(pages: list[str]) -> str:
    return ", ".join(pages[:20]) + (", ..." if len(pages) > 20 else "")


def _write(file: Path, members: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".new-", dir=file.parent)
    try:
        with open(handle, "wb") as out, zipfile.ZipFile(out, "w") as archive:
            for member in sorted(members):
                info = zipfile.ZipInfo(member)  # its date is that of zip itself, 1980
                info.compress_type = zipfile.ZIP_DEFLATED
                info.create_system, info.external_attr = 3, 0o100644 << 16
                archive.writestr(info, members[member])
        os.chmod(name, 0o644)
        os.replace(name, file)
    finally:
        Path(name).unlink(missing_ok=True)
