"""Citations of the book and of what is in it, from one source: CITATION.cff.

The same facts as BibTeX, RIS and CSL JSON, as the tags in a page's head that Zotero, Google
Scholar and search engines read, and as the two files that software archives want.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from .project import PressError

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
DESCRIPTION = (
    "An executable book on deep learning: every number, figure and answer is computed by tested "
    "code when the site is built."
)
_BIBTEX = str.maketrans(
    {c: "\\" + c for c in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
)


@dataclass(frozen=True)
class Book:
    """What every citation says of the book.

    Attributes:
        title: Of the book.
        people: The authors: "Last, First" and True for a person, its name and False for a group.
        version: As in CITATION.cff, "1.2.0".
        date: When this edition came out, "2026-11-21".
        address: Of the latest edition, with a slash at the end.
        keywords: What it is about.
    """

    title: str
    people: tuple[tuple[str, bool], ...]
    version: str
    date: str
    address: str
    keywords: tuple[str, ...] = ()

    @property
    def authors(self) -> list[str]:
        """Their names."""
        return [name for name, _ in self.people]

    @property
    def edition(self) -> str:
        """The edition, "1.2"."""
        return ".".join(self.version.split(".")[:2])

    @property
    def year(self) -> str:
        """Of this edition."""
        return self.date[:4]

    @property
    def home(self) -> str:
        """The address of this edition, which never changes."""
        return urljoin(self.address, f"../v{self.edition}/")

    def permalink(self, tag: str) -> str:
        """The address of a tag in this edition."""
        return f"{self.home}t/{tag}/"

    @property
    def names(self) -> str:
        """The authors in one line."""
        *first, last = self.authors
        return f"{'; '.join(first)} and {last}" if first else last


@dataclass(frozen=True)
class Item:
    """Something of the book that is cited.

    Attributes:
        tag: Its tag.
        chapter: The title of its chapter; None for the book itself.
        what: "Equation (3.1)"; empty for a chapter as a whole.
    """

    tag: str
    chapter: str | None
    what: str = ""


def read_book(text: str, address: str) -> Book:
    """The facts of CITATION.cff.

    Args:
        text: Its contents.
        address: Of the latest edition.

    Raises:
        PressError: If one is missing, or the version is not like 1.2.0.
    """
    import yaml

    facts = yaml.safe_load(text)
    needed = ("title", "authors", "version", "date-released", "keywords")
    if missing := [name for name in needed if not facts.get(name)]:
        raise PressError(f"CITATION.cff: expected {', '.join(needed)}; got no {missing[0]}")
    return Book(
        facts["title"],
        tuple(_author(person) for person in facts["authors"]),
        str(facts["version"]),
        str(facts["date-released"]),
        address,
        tuple(facts["keywords"]),
    )


def _author(person: Mapping[str, str]) -> tuple[str, bool]:
    if "name" in person:
        return person["name"], False
    return f"{person['family-names']}, {person['given-names']}", True


def in_words(book: Book, item: Item, *, link: str | None = None) -> str:
    """A citation as a reader writes it; ``link`` stands in place of the permanent one."""
    words = f"{book.names}. "
    if item.chapter:
        words += f"{item.chapter}. In: "
    words += f"{book.title}. Edition {book.edition}, {book.year}. "
    if item.what:
        words += f"{item.what}. "
    return words + (book.permalink(item.tag) if link is None else link)


def bibtex(book: Book, item: Item) -> str:
    """A citation for BibTeX."""
    fields = {
        "author": " and ".join(
            _escaped(name) if person else f"{{{_escaped(name)}}}" for name, person in book.people
        ),
        "title": _escaped(item.chapter or book.title),
        "booktitle": _escaped(book.title) if item.chapter else "",
        "edition": book.edition,
        "year": book.year,
        "url": book.permalink(item.tag),
        "note": _escaped(", ".join(filter(None, [item.what, f"tag {item.tag}"]))),
    }
    kind = "incollection" if item.chapter else "book"
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{kind}{{udlbook-{item.tag},\n{lines}}}\n"


def _escaped(text: str) -> str:
    return text.translate(_BIBTEX)


def ris(book: Book, item: Item) -> str:
    """A citation in the RIS format, for reference managers."""
    lines = [("TY", "CHAP" if item.chapter else "BOOK")]
    lines += [("AU", name) for name in book.authors]
    lines.append(("TI", item.chapter or book.title))
    if item.chapter:
        lines.append(("T2", book.title))
    lines += [
        ("ET", book.edition),
        ("PY", book.year),
        ("DA", book.date.replace("-", "/")),
        ("UR", book.permalink(item.tag)),
        ("LA", "en"),
        ("N1", ", ".join(filter(None, [item.what, f"tag {item.tag}"]))),
        ("ER", ""),
    ]
    return "".join(f"{name}  - {value}\r\n" for name, value in lines)


def csl(book: Book, item: Item) -> str:
    """A citation as CSL JSON, for Zotero, pandoc and their like."""
    people = []
    for name, person in book.people:
        family, _, given = name.partition(", ")
        people.append({"family": family, "given": given} if person else {"literal": name})
    entry = {
        "id": f"udlbook-{item.tag}",
        "type": "chapter" if item.chapter else "book",
        "title": item.chapter or book.title,
        **({"container-title": book.title} if item.chapter else {}),
        "author": people,
        "edition": book.edition,
        "issued": {"date-parts": [[int(n) for n in book.date.split("-")]]},
        "URL": book.permalink(item.tag),
        "language": "en",
        "note": ", ".join(filter(None, [item.what, f"tag {item.tag}"])),
    }
    return json.dumps([entry], indent=1, ensure_ascii=False) + "\n"


FORMATS = {"bib": bibtex, "ris": ris, "json": csl}


def head(book: Book, item: Item, page: str, abstract: str) -> list[tuple[str, str]]:
    """The tags in a chapter's head: names and contents of ``meta`` elements.

    Zotero makes a book section of them; ``citation_book_title`` would make it lose the book.

    Args:
        book: The book.
        item: The chapter.
        page: Its address within an edition.
        abstract: What it is about, in a sentence or two without TeX.
    """
    here = book.home + page
    return [
        ("citation_title", item.chapter or book.title),
        *(("citation_author", name) for name in book.authors),
        *([("citation_inbook_title", book.title)] if item.chapter else []),
        ("citation_publication_date", book.date.replace("-", "/")),
        ("citation_online_date", book.date.replace("-", "/")),
        ("citation_publisher", book.names),
        ("citation_language", "en"),
        ("citation_public_url", here),
        ("citation_fulltext_html_url", here),
        ("citation_abstract", abstract),
        ("prism.edition", book.edition),
        ("dcterms.rights", LICENCE),
        ("author", book.names),
    ]


def json_ld(book: Book, item: Item, page: str, abstract: str) -> str:
    """What search engines read: the page as a chapter and as something to learn from."""
    authors = [
        {"@type": "Person" if person else "Organization", "name": name}
        for name, person in book.people
    ]
    whole = {
        "@type": "Book",
        "name": book.title,
        "bookEdition": book.edition,
        "url": book.home,
    }
    facts = {
        "@context": "https://schema.org",
        "@type": ["Chapter" if item.chapter else "Book", "LearningResource"],
        "name": item.chapter or book.title,
        "author": authors,
        "datePublished": book.date,
        "description": abstract,
        "identifier": item.tag,
        "inLanguage": "en",
        "license": LICENCE,
        "url": book.home + page,
        **({"isPartOf": whole} if item.chapter else {"bookEdition": book.edition}),
    }
    # "</" would end the script element that holds it.
    return json.dumps(facts, ensure_ascii=False).replace("</", "<\\/")


def codemeta(book: Book) -> str:
    """``codemeta.json``, for archives of software."""
    facts = {
        "@context": "https://w3id.org/codemeta/3.0",
        "@type": "SoftwareSourceCode",
        "name": book.title,
        "description": DESCRIPTION,
        "author": [_for_codemeta(*author) for author in book.people],
        "version": book.version,
        "datePublished": book.date,
        "license": ["https://spdx.org/licenses/MIT", "https://spdx.org/licenses/CC-BY-4.0"],
        "keywords": list(book.keywords),
        "programmingLanguage": "Python",
        "url": book.address,
    }
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"


def zenodo(book: Book) -> str:
    """``.zenodo.json``, what Zenodo writes into its record of a release."""
    facts = {
        "title": book.title,
        "description": DESCRIPTION,
        "creators": [{"name": name} for name in book.authors],
        "version": book.version,
        "publication_date": book.date,
        "upload_type": "software",
        "access_right": "open",
        "license": "MIT",
        "language": "eng",
        "keywords": list(book.keywords),
    }
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"


def _for_codemeta(name: str, person: bool) -> dict[str, str]:
    if not person:
        return {"@type": "Organization", "name": name}
    family, _, given = name.partition(", ")
    return {"@type": "Person", "familyName": family, "givenName": given}


ARCHIVES = {"codemeta.json": codemeta, ".zenodo.json": zenodo}


def find_book(root: Path) -> Book:
    """The book in a folder: CITATION.cff, and the address that _config.yml gives.

    Raises:
        PressError: If either lacks what is needed.
    """
    import yaml

    config = yaml.safe_load((root / "_config.yml").read_text("utf8"))
    address = (config.get("html") or {}).get("baseurl")
    if not address:
        raise PressError("_config.yml: expected html.baseurl, the address of the latest edition")
    cff = root / "CITATION.cff"
    if not cff.is_file():
        raise PressError("expected CITATION.cff beside _config.yml")
    return read_book(cff.read_text("utf8"), address)
