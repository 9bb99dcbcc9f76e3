"""Oracles: the published files as a browser would fetch them; exit codes of the command line;
what Python itself says was imported while the site was rendered."""

import json
import shutil

import numpy as np
import pytest

from tests.site.conftest import Book

CLAIM = (
    "from udlbook.claims import claim\nclaim('a.b', 0.25, low=0, high=1, source='me', fmt='.1%')"
)


def test_a_build_publishes_outputs_figures_and_claims(book):
    book.page(
        "one",
        CLAIM + "\nprint(2 * 21)",
        text="We got {claim}`a.b`.\n\n:::{gallery-figure} topic/plot_line\n:name: fig\n"
        "A caption.\n:::\n\nSee {ref}`the line <fig>`.\n",
    )
    book.script("line", "from toy.other import A\nprint('A is', A)")
    book.write("book/reference/results.md", "# Results\n\n```{claims-table}\n```\n")
    book.write(
        "_toc.yml", (book.root / "_toc.yml").read_text() + "  - file: book/reference/results\n"
    )
    done = book.command("build")
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(book.project.site / "index.html") in done.stdout
    page = book.served("book/one.html")
    assert "42" in page
    assert '<a class="udl-claim' in page and ">25.0\u00a0%</a>" in page.replace("</span>", "")
    assert "A straight line goes up from left to right." in page
    figure = book.served("auto_gallery/topic/plot_line.html")
    assert "A is 1" in figure and "A straight line goes up" in figure
    results = book.served("book/reference/results.html")
    assert "a.b" in results and 'id="claim-a-b"' in results and "25.0\u00a0%" in results


def test_a_second_build_runs_nothing_and_does_not_start_sphinx(built):
    published = built.project.site.resolve()
    done = built.command("build")
    assert done.returncode == 0
    assert "0 pages ran, 2 were in the store" in done.stdout
    assert "nothing changed" in done.stdout and "rendering" not in done.stdout
    assert built.project.site.resolve() == published


def test_edited_prose_is_rendered_and_runs_nothing(built):
    built.page("one", "from toy.deep import VALUE\nprint('value', VALUE)", text="Better words.")
    done = built.command("build")
    assert "0 pages ran" in done.stdout, done.stdout + done.stderr
    assert "Better words." in built.served("book/one.html")


def test_new_outputs_reach_pages_whose_text_did_not_change(built):
    built.write("src/toy/deep.py", "VALUE = 7\n")
    built.write("src/toy/other.py", "A = 8\n")
    done = built.command("build")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "value 7" in built.served("book/one.html")
    assert "A is 8" in built.served("auto_gallery/topic/plot_line.html")


def files_of(site):
    return {p.relative_to(site): p.read_bytes() for p in site.rglob("*") if p.is_file()}


def test_a_build_from_what_is_there_gives_what_a_clean_one_gives(built):
    built.page("one", "from toy.deep import VALUE\nprint('value', VALUE)", text="Other words.")
    assert built.command("build").returncode == 0
    site = files_of(built.project.site.resolve())
    for folder in (built.project.build / "sphinx", built.root / "auto_gallery"):
        shutil.rmtree(folder)
    built.project.site.unlink()
    assert built.command("build").returncode == 0
    assert files_of(built.project.site.resolve()) == site


def test_a_failing_page_turns_the_build_red_and_leaves_the_site(built):
    before = built.served("book/one.html")
    published = built.project.site.resolve()
    built.page("one", "raise ValueError('spoiled')", text="Spoiled words.")
    done = built.command("build")
    assert done.returncode == 1
    assert "book/one.md" in done.stdout and "cell 1" in done.stdout
    assert "ValueError: spoiled" in done.stdout
    assert built.project.site.resolve() == published
    assert built.served("book/one.html") == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("See {ref}`nowhere`.", "nowhere"),
        ("We got {claim}`no.claim`.", "no.claim"),
        ("A formula: $\\frac{1$.", "KaTeX"),
        (":::{gallery-figure} topic/plot_none\n:::", "plot_none"),
        ("A [link](https://example.org) and ![](book/none.png)", "none.png"),
        (
            '<img src="https://example.org/a.png" alt="A picture from another host, not ours">\n',
            "other host",
        ),
    ],
    ids=["reference", "claim", "formula", "figure", "image", "request"],
)
def test_a_fault_in_the_text_turns_the_build_red_each_time_and_leaves_the_site(built, text, said):
    published = built.project.site.resolve()
    built.page("one", "from toy.deep import VALUE\nprint('value', VALUE)", text=text)
    for _ in range(2):  # the second build must not forget the first one's warnings
        done = built.command("build")
        assert done.returncode not in (0, 1), done.stdout
        assert said in done.stdout + done.stderr
        assert built.project.site.resolve() == published


def test_rendering_executes_nothing(built):
    """Importing the package or touching a kernel during rendering would leave a trace."""
    built.write("src/toy/deep.py", "open('trace.txt', 'a').write('ran')\nVALUE = 3\n")
    refused = built.command("render")
    assert refused.returncode == 2 and "book/one" in refused.stderr
    assert not (built.root / "trace.txt").exists()


def test_what_was_removed_is_gone_from_the_site(built):
    (built.root / "book" / "one.md").unlink()
    (built.root / "gallery" / "topic" / "plot_line.py").unlink()
    built.page("two", "print(2)")
    built.script("other", "x = 1")
    done = built.command("build")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (built.project.site / "book" / "one.html").exists()
    assert not (built.project.site / "auto_gallery" / "topic" / "plot_line.html").exists()
    assert "plot_line" not in built.served("auto_gallery/index.html")
    assert (built.project.site / "book" / "two.html").exists()


def test_two_pages_must_not_make_one_claim(book):
    book.page("one", CLAIM)
    book.page("two", CLAIM)
    done = book.command("build")
    assert done.returncode == 2
    assert "a.b is made by book/one and by book/two" in done.stderr


def test_claims_are_listed_and_measured(book):
    book.page(
        "one",
        "from udlbook.claims import claim\nfrom udlbook.seeding import page_rng\n"
        "claim('a.b', page_rng().random(), low=0, high=1, source='me')",
    )
    assert book.command("run").returncode == 0
    listed = book.command("claims")
    assert "a.b" in listed.stdout and "0 to 1" in listed.stdout
    done = book.command("claims", "--measure", "book/one", "--seeds", "3", "--threads", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    line = (book.root / "book/reference/measured.csv").read_text().splitlines()[1]
    name, tier, low, high, runs = line.split(",")[:5]
    assert (name, tier, runs) == ("a.b", "small", "3")
    drawn = [np.random.default_rng(1000 * s).random() for s in range(3)]
    assert float(low) == pytest.approx(min(drawn), rel=1e-5)
    assert float(high) == pytest.approx(max(drawn), rel=1e-5)


def test_measuring_says_when_a_range_is_left(book):
    book.page(
        "one",
        "from udlbook.claims import claim\nfrom udlbook.seeding import page_seed\n"
        "claim('a.b', page_seed(), low=0, high=1, source='me')",
    )
    done = book.command("claims", "--measure", "book/one", "--seeds", "2", "--threads", "1")
    assert done.returncode == 1 and "left" in done.stdout


def test_clean_removes_the_site_and_keeps_what_was_run(built):
    assert built.command("clean").returncode == 0
    assert not built.project.site.exists() and built.project.store.exists()
    assert "0 pages ran" in built.command("run").stdout
    assert built.command("clean", "--all").returncode == 0
    assert not built.project.store.exists()


def test_outside_a_book_the_command_says_so(tmp_path, executor):
    done = Book(tmp_path, executor).command("run")
    assert done.returncode == 2 and "no book here" in done.stderr


def test_the_record_of_the_site_is_json(built):
    assert json.loads(built.served(".udlbook.json"))["key"]
