"""Oracles: zizmor and a YAML parser on the workflows; make, .ci/run and sha256sum, called as a
runner calls them; exit codes; the bytes in a folder; a socket that is out of a page's reach."""

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from udlbook_site.deploy import deploy
from udlbook_site.project import PressError

ROOT = Path(__file__).parents[2]
WORKFLOWS = {p.stem: p for p in (ROOT / ".github" / "workflows").iterdir()}


# ------------------------------------------------------------------------------- what they say


def jobs() -> list[tuple[str, dict]]:
    """Every job of every workflow, as "workflow/job"."""
    return [
        (f"{name}/{job}", spec)
        for name, path in sorted(WORKFLOWS.items())
        for job, spec in yaml.safe_load(path.read_text("utf8"))["jobs"].items()
    ]


def steps() -> list[tuple[str, dict]]:
    """Every step of every job, with the job's name."""
    return [(job, step) for job, spec in jobs() for step in spec["steps"]]


def step_of(job: str, words: str) -> dict:
    """The step of a job whose command holds these words."""
    (found,) = (s for j, s in steps() if j == job and words in s.get("run", ""))
    return found


def test_zizmor_finds_nothing_and_ignores_one_thing():
    told = [
        sys.prefix + "/bin/zizmor",
        "--offline",
        "--color=never",
        "--strict-collection",
        "--persona=auditor",
    ]
    done = subprocess.run([*told, ROOT / ".github"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 ignored" in done.stdout
    texts = "".join(p.read_text("utf8") for p in WORKFLOWS.values())
    assert re.findall("zizmor: ignore.*", texts) == ["zizmor: ignore[self-hosted-runner]"]


def test_each_command_is_a_make_target_or_runs_none_of_the_books_code():
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf8"), re.M)
    commands = [(job, step) for job, step in steps() if "run" in step]
    assert len(commands) >= 8
    for job, step in commands:
        assert "${{" not in step["run"], job  # an expression would be read as a command
        if "GH_TOKEN" in step.get("env", {}):
            assert not re.search(r"make|python|\bsh\b|\./", step["run"]), job
        else:
            words = step["run"].split()
            assert words[0] == "make" and len(words) == 2 and words[1] in targets, (job, step)


def test_make_knows_each_variable_that_a_workflow_sets_for_it():
    makefile = (ROOT / "Makefile").read_text("utf8")
    for job, step in steps():
        for name in step.get("env", {}):
            if step["run"].startswith("make"):
                assert re.search(rf"\$\({name}\)|\$\${name}\b", makefile), (job, name)


def test_actions_are_pinned_to_one_commit_each_with_its_version_beside_it():
    texts = "".join(p.read_text("utf8") for p in WORKFLOWS.values())
    lines = re.findall(r"uses: (.*)", texts)
    assert len(lines) == sum("uses" in step for _, step in steps())
    for line in lines:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line
    assert len(set(lines)) == len({line.split("@")[0] for line in lines})


def test_only_what_runs_no_code_of_the_book_may_write():
    read = {"contents": "read"}
    allowed = {
        "pull-request/ci": read,
        "release/run": read,
        "release/render": read | {"attestations": "read"},
        "release/publish": dict.fromkeys(
            ["id-token", "attestations", "contents", "pages"], "write"
        ),
        "weekly/newest": read,
        "weekly/reproducible": read,
        "weekly/report": {"issues": "write"},
    }
    assert {job: spec["permissions"] for job, spec in jobs()} == allowed
    for path in WORKFLOWS.values():
        assert yaml.safe_load(path.read_text("utf8"))["permissions"] == {}
    for job, step in steps():
        if "write" in allowed[job].values():
            assert "checkout" not in step.get("uses", "") and "make" not in step.get("run", "")
    assert "environment" in dict(jobs())["release/publish"]


def test_no_secret_no_cache_no_credentials_and_no_foreign_trigger():
    for path in WORKFLOWS.values():
        text = path.read_text("utf8")
        assert not re.search(r"secrets\.|cache|pull_request_target|workflow_run", text), path
        assert yaml.safe_load(text)["concurrency"]
    assert set(yaml.safe_load(WORKFLOWS["pull-request"].read_text())[True]) == {
        "pull_request",
        "push",
    }  # YAML 1.1 reads the key "on" as true
    assert all(spec["timeout-minutes"] for _, spec in jobs())
    checkouts = [s for _, s in steps() if "checkout" in s.get("uses", "")]
    assert checkouts and all(s["with"] == {"persist-credentials": False} for s in checkouts)


def test_pages_are_rendered_by_the_python_that_ran_them():
    versions = {s["with"]["python-version"] for _, s in steps() if "setup-python" in str(s)}
    (version,) = versions
    assert re.fullmatch(r"3\.\d+\.\d+", version)


# --------------------------------------------------------------- what they do outside of make

GH = """\
#!/bin/sh
echo "$*" >> calls
case "$1 $2" in
  "release list") printf '%s' "$TAGS"; exit "${LIST:-0}";;
  "release download") shift $(($# - 1)); echo packed > "$1";;
  "attestation verify") exit "${VERIFY:-0}";;
  "release view") exit "${VIEW:-1}";;
  "issue list") printf '%s' "$NUMBER";;
esac
"""


@pytest.fixture
def shell(tmp_path):
    """Run a step's command as a runner does, with a gh that notes how it was called."""
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(GH)
    gh.chmod(0o755)

    def run(step: dict, **env: str) -> tuple[int, list[str]]:
        script = tmp_path / "step.sh"
        script.write_text(step["run"])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=tmp_path,
            env={"PATH": f"{gh.parent}:{os.environ['PATH']}", "GITHUB_REPOSITORY": "a/b"} | env,
        )
        calls = tmp_path / "calls"
        return done.returncode, calls.read_text().splitlines() if calls.exists() else []

    return run


def test_every_earlier_edition_is_fetched_and_verified(shell, tmp_path):
    step = step_of("release/render", "release download")
    code, calls = shell(step, TAGS="v0.1\nv0.2\n")
    assert code == 0
    names = {p.name for p in (tmp_path / "_build" / "earlier").iterdir()}
    assert names == {"udlbook-v0.1.tar.gz", "udlbook-v0.2.tar.gz"}
    verified = [c for c in calls if c.startswith("attestation verify")]
    assert len(verified) == 2
    assert all(
        "--repo a/b --signer-workflow a/b/.github/workflows/release.yml" in c for c in verified
    )


@pytest.mark.parametrize("fault", [{"LIST": "1"}, {"TAGS": "v0.1", "VERIFY": "1"}])
def test_an_edition_that_cannot_be_fetched_or_verified_stops_the_release(shell, fault):
    code, _ = shell(step_of("release/render", "release download"), **fault)
    assert code != 0


def test_an_edition_is_kept_once(shell):
    step = step_of("release/publish", "release create")
    code, calls = shell(step, TAG="v1.2")
    assert code == 0 and calls[-1].startswith("release create v1.2 udlbook-v1.2.tar.gz")
    code, calls = shell(step, TAG="v1.2", VIEW="0")
    assert code == 0 and calls[-1] == "release view v1.2"


@pytest.mark.parametrize(("number", "does"), [("", "issue create"), ("7", "issue comment 7")])
def test_a_red_week_opens_an_issue_or_adds_to_the_open_one(shell, number, does):
    step = step_of("weekly/report", "issue create")
    code, calls = shell(step, NUMBER=number, TITLE="Red", BODY="why")
    assert code == 0 and len(calls) == 2
    assert calls[1].startswith(does) and "--body why" in calls[1]


# -------------------------------------------------------------------------------- deployments


def make_site(folder: Path, words: str) -> Path:
    """A site of two pages."""
    (folder / "book").mkdir(parents=True)
    (folder / "index.html").write_text(f"front {words}", "utf8")
    (folder / "book" / "one.html").write_text(f"page {words}", "utf8")
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """What is in a folder, links followed, as a web server shows it."""
    return {
        str(Path(base, name).relative_to(folder)): Path(base, name).read_bytes()
        for base, _, names in os.walk(folder, followlinks=True)
        for name in names
    }


def test_editions_stand_side_by_side_and_latest_is_the_newest(tmp_path):
    to = tmp_path / "editions"
    for version in ("v0.9", "v0.10", "v0.2"):
        deploy(make_site(tmp_path / f"site-{version}", version), to, version)
    for version in ("v0.9", "v0.10", "v0.2"):
        assert (to / version / "book" / "one.html").read_text() == f"page {version}"
        check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
        done = subprocess.run(check, cwd=to / version, capture_output=True, text=True)
        assert done.returncode == 0 and done.stdout.count(": OK") == 2
    assert (to / "latest" / "index.html").read_text() == "front v0.10"
    assert 'url=latest/"' in (to / "index.html").read_text()
    assert not list(to.glob(".*"))


def test_the_same_site_again_changes_nothing_and_another_is_refused(tmp_path):
    to, site = tmp_path / "editions", make_site(tmp_path / "site", "a")
    deploy(site, to, "v1.0")
    before = tree(to)
    deploy(site, to, "v1.0")
    assert tree(to) == before
    for edit in ("book/one.html", "book/two.html"):
        other = make_site(tmp_path / edit.replace("/", "-"), "a")
        (other / edit).write_text("other")
        with pytest.raises(PressError, match=r"v1\.0 is deployed already.*next version"):
            deploy(other, to, "v1.0")
        assert tree(to) == before


def test_a_damaged_edition_stops_the_next_one(tmp_path):
    to = tmp_path / "editions"
    deploy(make_site(tmp_path / "one", "a"), to, "v1.0")
    (to / "v1.0" / "book" / "one.html").write_text("defaced")
    before = tree(to)
    with pytest.raises(PressError, match=r"v1\.0 is not what was deployed: book/one\.html"):
        deploy(make_site(tmp_path / "two", "b"), to, "v1.1")
    assert tree(to) == before


@pytest.mark.parametrize(
    "version", ["1.0", "v1", "v1.0.0", "v01.0", "../v1.0", "v1.0\n", "latest"]
)
def test_other_versions_are_refused(tmp_path, version):
    with pytest.raises(PressError, match=r"such as v1\.2"):
        deploy(make_site(tmp_path / "site", "a"), tmp_path / "editions", version)
    assert not (tmp_path / "editions").exists()


def test_no_site_is_refused(tmp_path):
    with pytest.raises(PressError, match="no site"):
        deploy(tmp_path, tmp_path / "editions", "v1.0")


CUT = """\
import os, sys
from pathlib import Path
from udlbook_site.deploy import deploy
left = int(sys.argv[1])
def counted(event, args):
    global left
    if event == "open" and args[1] in ("r", "rb"):
        return
    if any(str(a).startswith(sys.argv[3]) for a in args):
        left -= 1
        if left < 0:
            os._exit(9)
sys.addaudithook(counted)
deploy(Path(sys.argv[2]), Path(sys.argv[3]), "v1.1")
"""


def test_a_deployment_cut_short_anywhere_leaves_whole_editions(tmp_path):
    """Ends the process before each of its writes and renames in turn."""
    sites = {v: make_site(tmp_path / v, v) for v in ("v1.0", "v1.1")}
    start, whole = tmp_path / "start", tmp_path / "whole"
    deploy(sites["v1.0"], start, "v1.0")
    shutil.copytree(start, whole, symlinks=True)
    deploy(sites["v1.1"], whole, "v1.1")
    cut = 0
    while True:
        to = tmp_path / f"cut-{cut}"
        shutil.copytree(start, to, symlinks=True)
        code = [sys.executable, "-c", CUT, str(cut), sites["v1.1"], to]
        done = subprocess.run(code, capture_output=True)
        if done.returncode == 0:
            break
        assert done.returncode == 9, done.stderr
        assert tree(to / "v1.0") == tree(whole / "v1.0")
        assert not (to / "v1.1").exists() or tree(to / "v1.1") == tree(whole / "v1.1")
        assert tree(to / "latest") in (tree(whole / "v1.0"), tree(whole / "v1.1"))
        deploy(sites["v1.1"], to, "v1.1")
        assert tree(to) == tree(whole) and not list(to.glob(".*"))
        cut += 1
    assert cut >= 8


# --------------------------------------------------------------- all of it, on a small book


def equip(book) -> None:
    """Give a book what a change to it meets: Makefile, .ci/run, workflows, a test."""
    for name in ("Makefile", ".ci", ".github"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, book.root / name)
    book.write("requirements/torch.txt", "")
    book.write(
        "pyproject.toml",
        """
        [tool.ruff]
        extend-exclude = ["auto_gallery", "gallery"]
        [tool.pytest.ini_options]
        addopts = "-p no:cacheprovider"
        """,
    )
    book.write("tests/test_book.py", "def test_sum():\n    assert 1 + 1 == 2\n")
    book.write("ready", "")


def called(book, *command: str, **env: str) -> subprocess.CompletedProcess:
    """Run a command in the book's folder; make takes these tests' environment as set up."""
    makeflags = f"VENV={sys.prefix} READY={book.root / 'ready'}"
    return subprocess.run(
        command,
        cwd=book.root,
        env=os.environ | {"MAKEFLAGS": makeflags} | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason=".ci/run would install Chromium")
def test_a_change_is_green_or_red_as_it_should(built):
    equip(built)
    done = called(built, "make", "ci")
    assert done.returncode == 0, done.stdout
    assert "2 pages ran" in done.stdout and "1 passed" in done.stdout
    for name, good, fault, said in (
        ("book/one.md", "print('value', VALUE)", "raise ValueError", "failed book/one.md:"),
        ("tests/test_book.py", "def", "import os\n\n\ndef", "F401"),
        ("tests/test_book.py", "== 2", "== 3", "test_book.py::test_sum"),
    ):
        path = built.root / name
        text = path.read_text("utf8")
        path.write_text(text.replace(good, fault), "utf8")
        done = called(built, "make", "ci")
        assert done.returncode != 0 and said in done.stdout, done.stdout
        path.write_text(text, "utf8")


def stored(root: Path) -> str:
    """All outputs in a store."""
    return "".join(
        p.read_text("utf8") for p in root.glob("_build/store/entries/*/*/notebook.json")
    )


REACH = """\
import socket
with open({trace!r}, "a") as file:
    file.write("ran")
try:
    socket.create_connection(("127.0.0.1", {port}), timeout=5).close()
    print("it was", "reached")
except OSError:
    print("out of", "reach")
"""


@pytest.mark.slow
@pytest.mark.skipif(
    subprocess.call(
        "unshare --map-current-user --net true", shell=True, stderr=subprocess.DEVNULL
    ),
    reason="this machine lets nobody take a network away",
)
def test_a_release_from_its_pages_to_its_place_on_the_server(book, tmp_path_factory):
    away = tmp_path_factory.mktemp("away")
    trace, output = away / "trace", away / "output"
    settings = ("TIER=small", "DEVICE=cpu")
    equip(book)
    book.script("line", "x = 1")
    with socket.create_server(("127.0.0.1", 0)) as server:
        book.page("net", REACH.format(trace=str(trace), port=server.getsockname()[1]))
        assert book.command("run").returncode == 0  # the socket is there, and the store is full
        assert "it was reached" in stored(book.root)
        if not torch.cuda.is_available():  # then nothing may pass for a run on a GPU
            done = called(book, "make", "release-run", "TIER=small")
            assert done.returncode != 0 and trace.read_text() == "ran", done.stdout
        done = called(book, "make", "release-run", *settings, GITHUB_OUTPUT=str(output))
    assert done.returncode == 0, done.stdout
    assert trace.read_text() == "ranran"
    runs = book.root / "_build" / "runs.zip"
    sha256 = hashlib.sha256(runs.read_bytes()).hexdigest()
    assert output.read_text() == f"sha256={sha256}\n"

    fresh = type(book)(away / "fresh", book.executor)
    shutil.copytree(book.root, fresh.root, ignore=shutil.ignore_patterns("_build"))
    (fresh.root / "_build").mkdir()
    shutil.copy(runs, fresh.root / "_build")
    for wrong in ("", "0" * 64):
        done = called(fresh, "make", "release-site", *settings, SHA256=wrong)
        assert done.returncode != 0 and not fresh.project.store.exists(), done.stdout
    done = called(fresh, "make", "release-site", *settings, SHA256=sha256)
    assert done.returncode == 0, done.stdout
    assert trace.read_text() == "ranran"  # no page ran
    assert "out of reach" in fresh.served("book/net.html")

    earlier = deploy(make_site(away / "old", "a"), away / "editions", "v0.1")
    (fresh.root / "_build" / "earlier").mkdir()
    packed = fresh.root / "_build" / "earlier" / "udlbook-v0.1.tar.gz"
    subprocess.run(["tar", "-czf", packed, "-C", earlier.parent, "v0.1"], check=True)
    done = called(fresh, "make", "release-pack", VERSION="v0.2")
    assert done.returncode == 0, done.stdout
    shown, edition = away / "shown", away / "edition"
    for archive, folder in (("artifact.tar", shown), ("udlbook-v0.2.tar.gz", edition)):
        folder.mkdir()
        subprocess.run(["tar", "-xf", fresh.root / "_build" / archive, "-C", folder], check=True)
    assert not [p for p in shown.rglob("*") if p.is_symlink()]
    assert tree(shown / "v0.1") == tree(earlier)
    assert tree(shown / "v0.2") == tree(shown / "latest") == tree(edition / "v0.2")
    assert "out of reach" in (shown / "latest" / "book" / "net.html").read_text("utf8")
