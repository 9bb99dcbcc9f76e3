"""Oracles: the bundle read with the standard library alone; the bytes of the store it came from;
bundles spoiled by hand in one place each, which must leave no byte behind."""

import hashlib
import json
import random
import shutil
import zipfile

import pytest

from tests.site.conftest import Book, start
from udlbook_site import bundle as module
from udlbook_site.bundle import bundle, merge, read
from udlbook_site.keys import Settings
from udlbook_site.project import PressError

CLAIM = "from udlbook.claims import claim\nclaim('a.b', 0.25, low=0, high=1, source='me')"


@pytest.fixture(scope="module")
def made(tmp_path_factory, executor):
    """A book that was run, and its bundle."""
    book = Book(tmp_path_factory.mktemp("made"), executor)
    start(book)
    book.page("one", "from toy.deep import VALUE\nprint('value', VALUE)", CLAIM)
    book.page("data", "print(open('table.csv').read())")
    book.write("table.csv", "1,2\n")
    book.script("line", "x = 1")
    assert len(book.ran()) == 3
    done = book.command("store", "bundle", "runs.zip", "--device", "cpu")
    assert done.returncode == 0, done.stdout + done.stderr
    (book.root / "said").write_text(done.stdout)
    return book


@pytest.fixture
def other(made, tmp_path, executor):
    """The same book on another machine, which has run nothing."""
    shutil.copytree(made.root, tmp_path / "other", ignore=shutil.ignore_patterns("_build"))
    return Book(tmp_path / "other", executor)


def tree(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_a_bundle_holds_each_run_and_the_hash_of_each_file(made):
    file = made.root / "runs.zip"
    assert hashlib.sha256(file.read_bytes()).hexdigest() in (made.root / "said").read_text()
    with zipfile.ZipFile(file) as archive:
        found = {i.filename: archive.read(i) for i in archive.infolist()}
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    manifest = json.loads(found.pop("manifest.json"))
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}
    assert manifest["members"] == hashes
    assert manifest["settings"] == {"tier": "small", "device": "cpu", "seed": 0, "threads": 1}
    # As the store has them, but for the folder of the key's first two digits.
    stored = tree(made.project.store / "entries")
    assert {f"entries/{name[3:]}": data for name, data in stored.items()} == found
    assert len(found) == 6


def test_the_same_runs_give_the_same_bytes(made, other):
    shutil.copytree(made.project.store, other.project.store)
    assert other.command("store", "bundle", "again.zip", "--device", "cpu").returncode == 0
    again = (other.root / "again.zip").read_bytes()
    assert again == (made.root / "runs.zip").read_bytes()


def test_pages_without_a_run_are_named_and_nothing_is_written(other):
    done = other.command("store", "bundle", "new.zip", "book")
    assert done.returncode == 2 and "book/data, book/one" in done.stderr
    assert "plot_line" not in done.stderr and not (other.root / "new.zip").exists()


def test_merged_runs_need_not_run_again(made, other):
    done = other.command("store", "merge", "runs.zip")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 runs in runs.zip, 3 of them new" in done.stdout
    assert "0 pages have no stored run" in done.stdout
    for part in ("entries", "reads"):
        assert tree(other.project.store / part) == tree(made.project.store / part)
    assert other.ran() == set()
    assert "0 of them new" in other.command("store", "merge", "runs.zip").stdout
    other.write("table.csv", "3,4\n")  # what the merged run had read counts here too
    assert other.ran() == {"book/data"}


def test_one_page_is_bundled_and_the_others_are_still_to_be_run(made, other):
    made.command("store", "bundle", str(other.root / "one.zip"), "book/one", "--device", "cpu")
    said = other.command("store", "merge", "one.zip").stdout
    assert "1 runs in one.zip, 1 of them new" in said
    assert "2 pages have no stored run" in said
    assert "book/data, gallery/topic/plot_line" in said


def test_runs_of_other_sources_are_kept_and_said(other):
    other.write("src/toy/deep.py", "VALUE = 4\n")
    said = other.command("store", "merge", "runs.zip").stdout
    assert "3 of them new" in said
    assert "no page shows them: book/one" in said
    assert "1 pages have no stored run for tier small on cpu: book/one" in said
    other.write("src/toy/deep.py", "VALUE = 3\n")
    assert other.ran() == set()


def test_the_bundle_is_shown_where_the_same_page_gave_something_else(other):
    """A release shows what its runner computed, whatever this machine had computed before."""
    other.page("one", "import time\nprint(time.perf_counter_ns())")
    first = other.run().entries["book/one"]
    bundle(other.project, other.root / "first.zip", ["book/one"], Settings())
    shutil.rmtree(other.project.store)
    assert other.run().entries["book/one"].cells != first.cells
    merge(other.project, other.root / "first.zip")
    assert other.run().entries["book/one"].cells == first.cells


class Spoiled:
    """The members of a bundle, for a test to spoil one and to write all with true hashes."""

    def __init__(self, file):
        with zipfile.ZipFile(file) as archive:
            self.members = {i.filename: archive.read(i) for i in archive.infolist()}
        self.manifest = json.loads(self.members.pop("manifest.json"))

    def key(self, page="book/one"):
        for name, data in self.members.items():
            if name.endswith("record.json") and json.loads(data)["page"] == page:
                return name.split("/")[1]

    def edit(self, change, page="book/one"):
        """Change cells and record, and make their hashes right again."""
        base = f"entries/{self.key(page)}"
        cells, record = (
            json.loads(self.members[f"{base}/{n}.json"]) for n in ("notebook", "record")
        )
        change(cells, record)
        text = json.dumps(cells, ensure_ascii=False, indent=1, sort_keys=True)
        record["sha256"] = hashlib.sha256(text.encode()).hexdigest()
        self.members[f"{base}/notebook.json"] = text.encode()
        self.members[f"{base}/record.json"] = json.dumps(
            record, ensure_ascii=False, indent=1, sort_keys=True
        ).encode()

    def write(self, file, **how):
        self.manifest["members"] = {
            name: hashlib.sha256(data).hexdigest() for name, data in self.members.items()
        } | how.pop("hashes", {})
        with zipfile.ZipFile(file, "w", **how) as archive:
            archive.writestr("manifest.json", json.dumps(self.manifest))
            for name, data in self.members.items():
                archive.writestr(name, data)


def output(**data):
    return {"output_type": "display_data", "metadata": {}, "data": data}


def shows(**data):
    data = {k.replace("__", "+").replace("_", "/"): v for k, v in data.items()}
    return lambda s: s.edit(lambda cells, record: cells[0]["outputs"].append(output(**data)))


def prints(text):
    added = {"output_type": "stream", "name": "stdout", "text": text}
    return lambda s: s.edit(lambda cells, record: cells[0]["outputs"].append(added))


def record(**fields):
    return lambda s: s.edit(lambda cells, record: record.update(fields))


def adds(name):
    return lambda s: s.members.update({name: b"x"})


def drop_record(spoiled):
    del spoiled.members[f"entries/{spoiled.key()}/record.json"]


def other_key(spoiled):
    for name in [n for n in spoiled.members if spoiled.key() in n]:
        spoiled.members[f"entries/{'0' * 64}/{name.split('/')[2]}"] = spoiled.members.pop(name)


def other_cells(spoiled):
    name = f"entries/{spoiled.key()}/notebook.json"
    spoiled.members[name] = spoiled.members[name].replace(b"value 3", b"value 4")


def other_claim(spoiled):
    spoiled.edit(lambda cells, record: record["claims"][0].update(value=0.5))


def odd_claim(spoiled):
    def change(cells, record):
        data = cells[1]["outputs"][0]["data"]
        for claim in (data["application/vnd.udlbook.claim+json"], record["claims"][0]):
            claim["value"] = "<b>"

    spoiled.edit(change)


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">{}</svg>'
FAULTS = {
    "html": (shows(text_html="<script>alert(1)</script>"), "text/html"),
    "script": (shows(image_svg__xml=SVG.format("<script>alert(1)</script>")), "only draw"),
    "event": (shows(image_svg__xml=SVG.format('<path onclick="x()" d=""/>')), "events"),
    "secret": (prints("ghp_" + "aB3dE5fG7h" * 3 + "aB3dE5"), "secret"),
    "length": (prints("x" * 70_000), "64 KB"),
    "list for text": (shows(image_png=["x"]), "no kernel gives"),
    "output": (lambda s: s.edit(lambda c, r: c[0]["outputs"].append({"output_type": "x"})), "'x'"),
    "claim": (other_claim, "its claims are not"),
    "claim's type": (odd_claim, "no kernel gives"),
    "hash of cells": (other_cells, "its hash differs"),
    "key": (other_key, "its hash differs"),
    "tier": (record(tier="full"), "record"),
    "kind": (record(kind="script"), "record"),
    "place of read-sets": (record(static="../" * 20 + "x"), "record"),
    "read outside": (record(reads=["../../etc/passwd"]), "record"),
    "read at the root": (record(reads=["/etc/passwd"]), "record"),
    "name": (adds("readme.txt"), "'readme.txt'"),
    "path": (adds("../evil"), "'../evil'"),
    "path in name": (adds(f"entries/{'0' * 32}/../../evil"), "evil"),
    "absolute path": (adds("/tmp/evil"), "'/tmp/evil'"),
    "record missing": (drop_record, "record.json' is missing"),
    "format": (lambda s: s.manifest.update(format=2), "format"),
    "settings": (lambda s: s.manifest["settings"].update(tier="../x"), "no press runs"),
    "no settings": (lambda s: s.manifest.pop("settings"), "'settings' is missing"),
}


def assert_refused(book, file, said):
    """Merging must fail with these words, and leave no trace."""
    before = tree(book.root)
    with pytest.raises(PressError, match="no sound bundle") as error:
        merge(book.project, file)
    assert said in str(error.value)
    assert tree(book.root) == before


@pytest.mark.parametrize("fault", FAULTS)
def test_a_spoiled_bundle_is_refused_whole(other, fault):
    change, said = FAULTS[fault]
    spoiled = Spoiled(other.root / "runs.zip")
    change(spoiled)
    spoiled.write(other.root / "bad.zip")
    assert_refused(other, other.root / "bad.zip", said)


def test_the_writer_of_these_tests_spoils_nothing_itself(other):
    spoiled = Spoiled(other.root / "runs.zip")
    spoiled.edit(lambda cells, record: None)
    spoiled.write(other.root / "same.zip")
    assert read(other.root / "same.zip") == read(other.root / "runs.zip")


def test_every_member_must_stand_in_the_manifest_as_it_is(other):
    file = other.root / "bad.zip"
    Spoiled(other.root / "runs.zip").write(file, hashes={f"entries/{'0' * 64}/record.json": "0"})
    assert_refused(other, file, "not both")
    spoiled = Spoiled(other.root / "runs.zip")
    spoiled.write(file, hashes={f"entries/{spoiled.key()}/record.json": "0" * 64})
    assert_refused(other, file, "not what the manifest says")
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(file, "a") as archive:
        archive.writestr("manifest.json", "{}")
    assert_refused(other, file, "twice")


def test_a_bundle_that_unpacks_to_too_much_is_not_unpacked(other, monkeypatch):
    spoiled = Spoiled(other.root / "runs.zip")
    spoiled.members[f"entries/{'0' * 64}/notebook.json"] = b" " * 10_000_000
    spoiled.write(other.root / "big.zip", compression=zipfile.ZIP_DEFLATED)
    assert (other.root / "big.zip").stat().st_size < 500_000
    monkeypatch.setattr(module, "LIMIT", 5_000_000)
    assert_refused(other, other.root / "big.zip", "unpacks to")
    spoiled = Spoiled(other.root / "runs.zip")
    spoiled.write(other.root / "bz.zip", compression=zipfile.ZIP_BZIP2)
    assert_refused(other, other.root / "bz.zip", "another method")


def test_what_is_no_bundle_is_said_in_one_sentence(other):
    other.write("text.zip", "no zip at all")
    for name, words in (("none.zip", "no file none.zip"), ("text.zip", "no sound bundle")):
        done = other.command("store", "merge", name)
        assert done.returncode == 2 and words in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not other.project.store.exists()


def test_damage_anywhere_is_seen_or_does_no_harm(made, tmp_path):
    whole = (made.root / "runs.zip").read_bytes()
    good = read(made.root / "runs.zip")
    rng, seen = random.Random(0), 0
    for i in range(400):
        data = bytearray(whole)
        if i % 4:
            # The ends of the file are where the names, sizes and methods of the members stand.
            place = -rng.randrange(1, 1500) if i % 2 else rng.randrange(len(data))
            data[place] ^= rng.randrange(1, 256)
        else:
            del data[rng.randrange(len(data)) :]
        (tmp_path / "bad.zip").write_bytes(data)
        try:
            assert read(tmp_path / "bad.zip") == good
        except PressError:
            seen += 1
    assert seen > 200
