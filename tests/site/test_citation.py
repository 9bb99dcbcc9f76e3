"""Oracles: pybtex reads the BibTeX; the RIS format's rules for a line; JSON's own parser."""

import json
import re
from pathlib import Path

import pytest
from pybtex.database import parse_string

from udlbook_site.citation import (
    ARCHIVES,
    Item,
    bibtex,
    csl,
    find_book,
    head,
    in_words,
    json_ld,
    read_book,
    ris,
)
from udlbook_site.project import PressError

ROOT = Path(__file__).parents[2]
CFF = """
title: "Nets & more: 100% {deep}_#1"
authors: [{family-names: Doe, given-names: Ann B.}, {name: "The Others"}]
version: "1.2.3"
date-released: "2026-01-31"
keywords: [nets, books]
"""
BOOK = read_book(CFF, "https://example.org/b/latest/")
EQUATION = Item("0B7X", "Losses & likelihoods", "Equation (3.1)")
CHAPTER = Item("K2M4", "Losses & likelihoods")
WHOLE = Item("9TTS", None)


def test_bibtex_is_read_back_as_it_was_meant():
    entry = parse_string(bibtex(BOOK, EQUATION), "bibtex").entries["udlbook-0B7X"]
    assert entry.type == "incollection"
    ann, others = entry.persons["author"]
    assert (ann.last_names, ann.first_names, ann.middle_names) == (["Doe"], ["Ann"], ["B."])
    assert str(others) == "{The Others}"
    for value in entry.fields.values():  # LaTeX would stumble over a bare one
        assert not re.search(r"(?<!\\)[&%#_]", value)
    plain = {k: re.sub(r"\\([&%#_{}])", r"\1", v) for k, v in entry.fields.items()}
    assert plain == {
        "title": "Losses & likelihoods",
        "booktitle": "Nets & more: 100% {deep}_#1",
        "edition": "1.2",
        "year": "2026",
        "url": "https://example.org/b/v1.2/t/0B7X/",
        "note": "Equation (3.1), tag 0B7X",
    }
    whole = parse_string(bibtex(BOOK, WHOLE), "bibtex").entries["udlbook-9TTS"]
    assert whole.type == "book" and "booktitle" not in whole.fields


@pytest.mark.parametrize("item", [EQUATION, CHAPTER, WHOLE])
def test_ris_keeps_the_rules_of_its_format(item):
    text = ris(BOOK, item)
    lines = text.split("\r\n")
    assert lines.pop() == ""
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in lines)
    fields = [(line[:2], line[6:]) for line in lines]
    assert fields[0] == ("TY", "CHAP" if item.chapter else "BOOK") and fields[-1] == ("ER", "")
    assert [v for k, v in fields if k == "AU"] == ["Doe, Ann B.", "The Others"]
    assert ("T2", BOOK.title) in fields or item is WHOLE
    assert dict(fields)["UR"] == f"https://example.org/b/v1.2/t/{item.tag}/"
    assert dict(fields)["N1"].endswith(f"tag {item.tag}")


def test_csl_json_names_persons_and_groups_apart():
    (entry,) = json.loads(csl(BOOK, EQUATION))
    assert entry["author"] == [{"family": "Doe", "given": "Ann B."}, {"literal": "The Others"}]
    assert entry["issued"] == {"date-parts": [[2026, 1, 31]]}
    assert (entry["type"], entry["container-title"]) == ("chapter", BOOK.title)
    (entry,) = json.loads(csl(BOOK, WHOLE))
    assert (entry["type"], entry["title"]) == ("book", BOOK.title)


def test_the_head_of_a_chapter_makes_a_book_section_in_zotero():
    tags = head(BOOK, CHAPTER, "book/losses.html", "What losses are.")
    names = [name for name, _ in tags]
    assert "citation_book_title" not in names and names.count("citation_author") == 2
    assert set(names) == {
        *("citation_title", "citation_author", "citation_inbook_title", "citation_online_date"),
        *("citation_publication_date", "citation_publisher", "citation_language"),
        *("citation_public_url", "citation_fulltext_html_url", "citation_abstract"),
        *("prism.edition", "dcterms.rights", "author"),
    }
    assert dict(tags)["citation_public_url"] == "https://example.org/b/v1.2/book/losses.html"


def test_facts_for_search_engines_cannot_end_their_script():
    text = json_ld(BOOK, Item("K2M4", "</script><b>"), "book/x.html", "y")
    assert "</" not in text
    assert json.loads(text)["name"] == "</script><b>"
    assert json.loads(text)["isPartOf"]["bookEdition"] == "1.2"


def test_words_name_the_part_and_the_edition():
    assert in_words(BOOK, EQUATION) == (
        "Doe, Ann B. and The Others. Losses & likelihoods. In: Nets & more: 100% {deep}_#1. "
        "Edition 1.2, 2026. Equation (3.1). https://example.org/b/v1.2/t/0B7X/"
    )
    assert in_words(BOOK, WHOLE, link="") == (
        "Doe, Ann B. and The Others. Nets & more: 100% {deep}_#1. Edition 1.2, 2026. "
    )


@pytest.mark.parametrize("name", ARCHIVES)
def test_the_files_for_archives_say_what_citation_cff_says(name):
    book = find_book(ROOT)
    text = (ROOT / name).read_text("utf8")
    assert text == ARCHIVES[name](book), "run `python -m udlbook_site citations`"
    facts = json.loads(text)
    assert facts["version"] == book.version
    persons = read_book(CFF, "https://example.org/b/latest/")
    people = json.loads(ARCHIVES[name](persons))
    assert json.dumps(people).count("Doe") == 1


def test_the_package_has_the_version_that_is_cited():
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text("utf8"), re.M)[1]
    assert find_book(ROOT).version == version


@pytest.mark.parametrize("gone", ["title", "authors", "version", "date-released", "keywords"])
def test_a_missing_fact_is_named(gone):
    text = "".join(line for line in CFF.splitlines(True) if not line.startswith(gone))
    with pytest.raises(PressError, match=f"got no {gone}"):
        read_book(text, "https://example.org/")
