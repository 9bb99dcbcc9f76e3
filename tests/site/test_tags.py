"""Oracles: rows of a diary read by eye; what a small book's pages hold; the book's own history."""

import csv
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.site.conftest import CONFIG
from udlbook_site.project import PressError
from udlbook_site.tags import (
    ALPHABET,
    Tags,
    add_items,
    add_rows,
    faults,
    is_tag,
    lost_rows,
    mint,
    read_tags,
)

ROOT = Path(__file__).parents[2]
DIARY = """\
tag,item,note
0B7X,equation:eq-one,
K2M4,page:book/a,
0B7X,equation:eq-first,
K2M4,,"joined with chapter b"
9TTS,figure:fig-x,
"""


def test_the_last_row_of_a_tag_counts():
    tags = read_tags(DIARY)
    assert tags.of == {"equation:eq-first": "0B7X", "figure:fig-x": "9TTS"}
    assert tags.retired == {"K2M4": ("page:book/a", "joined with chapter b")}
    assert tags.all == {"0B7X", "9TTS", "K2M4"}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("0B7X,figure:fig-y,", "0B7X names a equation and cannot name a figure"),
        ("K2M4,page:book/b,", "is retired and cannot be given again"),
        ("7777,figure:fig-y,", "expected a tag of 4"),
        ("0b7x,figure:fig-y,", "expected a tag of 4"),
        ("AEIO,figure:fig-y,", "expected a tag of 4"),
        ("5BBBB,figure:fig-y,", "expected a tag of 4"),
        ("5BBB,figure:fig-x,", "figure:fig-x has the tag 9TTS already"),
        ("5BBB,,never given", "it must be in use"),
        ("9TTS,,", "the note must say what became of it"),
        ("9TTS", "expected 3 columns, got 1"),
    ],
)
def test_a_row_that_would_break_a_promise_is_refused(row, why):
    with pytest.raises(PressError, match=re.escape(why)):
        read_tags(DIARY + row + "\n")


def test_another_head_is_refused():
    with pytest.raises(PressError, match="expected the head tag,item,note"):
        read_tags("item,tag\n")


def test_new_tags_are_made_of_the_name_and_never_of_words_or_numbers_alone():
    items = [f"equation:eq-{n}" for n in range(3000)]
    taken: set[str] = set()
    for item in items:
        tag = mint(item, taken)
        assert is_tag(tag) and tag not in taken
        taken.add(tag)
    assert mint("figure:fig-x", set()) == mint("figure:fig-x", set())
    assert mint("figure:fig-x", {mint("figure:fig-x", set())}) != mint("figure:fig-x", set())
    assert not set("AEIOUYL".replace("Y", "")) & set(ALPHABET)


def test_items_get_tags_once(tmp_path):
    path = tmp_path / "tags.csv"
    assert add_items(path, ["page:a", "figure:f"]) == ["page:a", "figure:f"]
    first = path.read_text()
    assert add_items(path, ["figure:f", "page:a"]) == []
    assert path.read_text() == first
    assert add_items(path, ["figure:g", "page:a"]) == ["figure:g"]
    assert path.read_text().startswith(first)
    assert [p.name for p in tmp_path.iterdir()] == ["tags.csv"]


def test_rows_are_added_all_or_none(tmp_path):
    path = tmp_path / "tags.csv"
    path.write_text(DIARY)
    with pytest.raises(PressError):
        add_rows(path, [("5BBB", "figure:y", ""), ("5BBB", "page:y", "")])
    assert path.read_text() == DIARY


def test_what_has_no_tag_and_what_is_gone_is_told_with_the_way_out():
    tags = Tags(of={"figure:f": "0B7X", "page:a": "K2M4"})
    new, gone = faults(tags, ["page:a", "figure:g", "figure:h"])
    assert new.startswith("2 items have no tag yet (figure:g, figure:h)")
    assert gone.startswith("figure:f, tag 0B7X, is gone") and "--rename figure:f NEW" in gone
    assert faults(tags, ["page:a", "figure:f"]) == []


def test_a_diary_may_grow_and_nothing_else():
    assert lost_rows(DIARY, DIARY + "5BBB,figure:y,\n") == []
    lines = DIARY.splitlines()
    assert lost_rows(DIARY, "\n".join([*lines[:2], "5BBB,figure:y,", *lines[2:]])) == []
    assert lost_rows(DIARY, "\n".join(lines[:-1])) == ["9TTS,figure:fig-x,"]
    assert lost_rows(DIARY, DIARY.replace("fig-x", "fig-y")) == ["9TTS,figure:fig-x,"]
    turned = [lines[0], lines[3], lines[1], lines[2], *lines[4:]]  # renamed before it was named
    assert lost_rows(DIARY, "\n".join(turned)) != []


def test_no_row_of_the_books_own_diary_was_ever_taken_back():
    def git(*arguments: str) -> str:
        run = ["git", "-C", str(ROOT), *arguments]
        return subprocess.run(run, capture_output=True, text=True, check=True).stdout

    if not (ROOT / ".git").exists():
        pytest.skip("not a repository: the diary has no history here")
    now = (ROOT / "book" / "tags.csv").read_text("utf8")
    read_tags(now)
    for commit in git("log", "--format=%H", "--", "book/tags.csv").split():
        assert lost_rows(git("show", f"{commit}:book/tags.csv"), now) == [], commit


# ------------------------------------------------------------------------------ a small book


def configure(book) -> None:
    config = CONFIG.replace(
        "udlbook_site.sphinx_ext]", "sphinx_exercise, udlbook_site.sphinx_ext]"
    ).replace("html: {", "html: {baseurl: https://example.org/b/latest/, ")
    book.write(
        "_config.yml",
        config.replace("    html_copy_source", "    numfig: true\n    html_copy_source"),
    )
    book.write(
        "CITATION.cff",
        """
        cff-version: 1.2.0
        title: "A book & more"
        authors: [{family-names: Doe, given-names: Ann}, {name: "The others"}]
        version: "1.2.3"
        date-released: "2026-01-31"
        keywords: [books]
        """,
    )


TEXT = r"""
(one)=
## The first
$$ a = b $$ (eq-one)

:::{figure} square.svg
:name: fig-one
:alt: A square that is black and has four sides.
A square.
:::

```{exercise} A question
:label: ex-one
Why?
```

## No label
Words.
"""


def test_from_the_first_tag_to_a_renamed_and_a_retired_one(book):
    configure(book)
    book.page("one", "x = 1", text=TEXT)
    book.script("line", "x = 1")
    book.write(
        "book/square.svg",
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>',
    )
    book.write("book/tags.csv", "tag,item,note\n")
    red = book.command("build")
    assert red.returncode == 2 and "items have no tag yet" in red.stdout + red.stderr
    green = book.command("tags")
    assert "7 new tags in book/tags.csv" in green.stdout, green
    assert book.command("build").returncode == 0
    with open(book.root / "book" / "tags.csv", encoding="utf8", newline="") as file:
        of = {row["item"]: row["tag"] for row in csv.DictReader(file)}
    assert set(of) == {
        "page:index",
        "page:book/one",
        "section:one",
        "section:book/one#no-label",
        "equation:eq-one",
        "figure:fig-one",
        "exercise:ex-one",
    }
    page = book.served("book/one.html")
    for item, what, place in [
        ("page:book/one", "", "one.html"),
        ("section:one", "Section, The first", "one.html#the-first"),
        ("section:book/one#no-label", "Section, No label", "one.html#no-label"),
        ("equation:eq-one", "Equation (1)", "one.html#equation-eq-one"),
        ("figure:fig-one", "Figure 1", "one.html#fig-one"),
        ("exercise:ex-one", "Exercise 1", "one.html#ex-one"),
    ]:
        link = f'href="../t/{of[item]}/" data-tag="{of[item]}" data-what="{what}"'
        assert page.count(link) == 1, item
        leads = book.served(f"t/{of[item]}/index.html")
        assert f'content="0; url=../../book/{place}"' in leads, item
        entry = json.loads(book.served(f"t/{of[item]}/cite.json"))[0]
        assert entry["URL"] == f"https://example.org/b/v1.2/t/{of[item]}/"
        assert entry["note"] == ", ".join(filter(None, [what, f"tag {of[item]}"]))
    for content in ("One", "Doe, Ann", "The others", "A book &amp; more", "2026/01/31"):
        assert re.search(rf'<meta name="citation_\w+" content="{content}" />', page), content
    assert "citation_book_title" not in page
    facts = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page)[1])
    assert facts["@type"] == ["Chapter", "LearningResource"] and facts["name"] == "One"

    # another name, another place, and one that is no more
    book.page("one", "x = 1", text=TEXT.replace("eq-one", "eq-first").replace("ex-one", "ex-two"))
    red = book.command("build")
    told = red.stdout + red.stderr
    assert red.returncode == 2 and "equation:eq-one" in told and "exercise:ex-one" in told
    assert book.command("tags", "--rename", "equation:eq-one", "equation:eq-first").returncode == 0
    why = book.command("tags", "--retire", "exercise:ex-one")
    assert why.returncode == 2 and "the note must say" in why.stderr
    assert (
        book.command("tags", "--retire", "exercise:ex-one", "--note", "It was easy.").returncode
        == 0
    )
    assert "1 new tags" in book.command("tags").stdout
    built = book.command("build")
    assert built.returncode == 0, built
    leads = book.served(f"t/{of['equation:eq-one']}/index.html")
    assert "url=../../book/one.html#equation-eq-first" in leads
    gone = book.served(f"t/{of['exercise:ex-one']}/index.html")
    assert "It was easy." in gone and "refresh" not in gone
    assert not (book.project.site / "t" / of["exercise:ex-one"] / "cite.bib").exists()


def test_a_book_without_a_diary_has_no_tags(book):
    book.page("one", "x = 1", text=TEXT.split(":::{figure}")[0])
    book.script("line", "x = 1")
    assert book.command("build").returncode == 0
    assert "data-tag" not in book.served("book/one.html")
    assert not (book.project.site / "t").exists()


def test_a_command_before_any_rendering_says_what_to_do(book):
    said = book.command("tags")
    assert said.returncode == 2 and "run `python -m udlbook_site render` first" in said.stderr
    said = book.command("tags", "--retire", "page:none", "--note", "so")
    assert said.returncode == 2 and "page:none has no tag" in said.stderr
