"""Oracles: Chromium, which opens every page of the built site as a reader would."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.reader


def pages(folder) -> list[str]:
    """The pages of a site; of the listings of source, which share a template, each eighth. The
    addresses of tags lead to these pages and have a test of their own."""
    if not (folder / "index.html").is_file():
        return ["index.html"]  # the fixture says what is missing
    found = (p.relative_to(folder).as_posix() for p in folder.rglob("*.html"))
    found = sorted(p for p in found if not p.startswith(("_static/", "_sources/", "t/")))
    listings = [p for p in found if p.startswith("_modules/")]
    return [p for p in found if p not in listings] + listings[::8]


def pytest_generate_tests(metafunc):
    """One test of each rule for each page."""
    if "seen" in metafunc.fixturenames:
        folder = metafunc.config.stash["udlbook site"]
        metafunc.parametrize("seen", pages(folder), indirect=True, scope="module")


@pytest.fixture(scope="module")
def seen(request, new_reader, site):
    """A page of the site, open in a window of its own: one that has shown other pages counts
    their fonts as this page's."""
    reader = new_reader()
    yield reader.open(site, request.param)
    reader.close()


def test_a_page_opens_without_errors(seen):
    assert seen.console == []
    assert seen.failed == []


def test_a_page_asks_no_other_host(seen):
    assert seen.elsewhere == []


def test_formulas_are_drawn(seen):
    assert seen.formulas() == []


def test_pictures_say_what_is_to_be_seen(seen):
    assert seen.pictures() == []


def test_a_page_can_be_dark(seen):
    assert seen.dark() == []
    assert seen.console == []


def test_a_page_is_light_to_load(seen):
    kilobytes = seen.weight() / 1024
    assert kilobytes <= 300, "compressed, without figures"


def test_a_page_does_not_scroll_sideways_on_a_phone(seen):
    assert seen.sideways(320) == []


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "auto_gallery/index", "book/reference/results"])
def test_a_page_bars_nobody_in_any_mode(site, open_page, name, mode, width):
    one = open_page(site, f"{name}.html", mode=mode, width=width)
    assert one.barriers() == []


@pytest.mark.parametrize(
    ("word", "chapter"),
    [
        ("backpropagation", "foundations/deep_networks"),
        ("momentum", "training/optimizers"),
        ("dropout", "training/regularizers"),
        ("evidence", "training/bayesian"),
    ],
)
def test_search_finds_the_chapter_that_explains_a_word(site, open_page, word, chapter):
    one = open_page(site, "index.html")
    one.page.keyboard.press("Control+k")
    field = one.page.locator("#pst-search-dialog input[name=q]")
    field.fill(word)
    field.press("Enter")
    one.page.wait_for_url(f"**/search.html?q={word}*")
    one.page.wait_for_selector("#search-results ul.search li a")
    links = one.page.eval_on_selector_all(
        "#search-results ul.search li a", "all => all.map((a) => a.getAttribute('href'))"
    )
    assert any(f"{chapter}.html" in link for link in links[:3]), links
    assert one.console == one.elsewhere == one.failed == []


@pytest.fixture(scope="module")
def tag_of():
    """The tag of the first item of a kind in the diary."""
    rows = (ROOT / "book" / "tags.csv").read_text("utf8").splitlines()

    def find(kind: str) -> str:
        return next(r for r in rows if r.split(",")[1].startswith(f"{kind}:")).split(",")[0]

    return find


def follow(open_page, site, tag: str):
    """Follow the address of a tag to where its item stands."""
    one = open_page(site, "index.html")
    one.page.goto(f"{site.address}/t/{tag}/", wait_until="commit")
    one.page.wait_for_url("**/book/**")
    return one


@pytest.mark.parametrize("kind", ["page", "section", "equation", "figure", "exercise", "claim"])
def test_a_tag_leads_to_what_it_names(site, open_page, tag_of, kind):
    tag = tag_of(kind)
    one = follow(open_page, site, tag)
    sign = one.page.locator(f"a[data-tag='{tag}']")
    assert sign.count() == 1
    if kind != "page":
        place = one.page.evaluate("decodeURIComponent(location.hash.slice(1))")
        assert one.page.locator(f"[id='{place}']").is_visible()
    assert one.console == one.elsewhere == one.failed == []


def test_the_sign_beside_an_item_opens_its_citation(site, open_page, tag_of):
    tag = tag_of("equation")
    one = follow(open_page, site, tag)
    one.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign = one.page.locator(f"a[data-tag='{tag}']")
    what = sign.get_attribute("data-what")
    sign.focus()
    one.page.keyboard.press("Enter")
    card = one.page.get_by_role("dialog", name=what)
    words = card.locator("p").inner_text()
    assert what in words and words.endswith(f"/t/{tag}/") and words.count("https://") == 1
    card.get_by_role("button", name="Copy citation").click()
    card.get_by_role("button", name="Copied").wait_for()
    assert one.page.evaluate("navigator.clipboard.readText()") == words
    for name, begins in (("BibTeX", "@incollection{"), ("RIS", "TY  - CHAP"), ("CSL JSON", "[")):
        with one.page.expect_download() as download:
            card.get_by_role("link", name=name).click()
        text = download.value.path().read_text("utf8")
        assert text.startswith(begins) and what in text
    card.get_by_role("button", name="Close").click()
    card.wait_for(state="hidden")
    assert one.page.evaluate("document.activeElement.dataset.tag") == tag


def test_search_says_when_it_finds_nothing(site, open_page):
    one = open_page(site, "search.html?q=xyzzyplugh")
    one.page.wait_for_function("document.querySelector('#search-results p')?.innerText")
    assert "did not match" in one.page.inner_text("#search-results")
    assert one.page.locator("#search-results ul.search li").count() == 0


def test_the_choice_of_mode_is_kept_from_page_to_page(site, open_page):
    one = open_page(site, "index.html")
    while one.page.evaluate("document.documentElement.dataset.theme") != "dark":
        one.page.locator(".theme-switch-button").first.click()
    one.page.goto(f"{site.address}/search.html")
    assert one.page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_system_that_prefers_dark_gets_dark(site, open_page):
    one = open_page(site, "index.html", mode="dark")
    assert one.page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_first_tab_offers_to_skip_to_the_text(site, open_page):
    one = open_page(site, "index.html")
    one.page.keyboard.press("Tab")
    link = one.page.locator(":focus")
    assert link.get_attribute("href") == "#main-content"
    one.page.wait_for_function(  # it slides in
        "(({top, height}) => top > -1 && height > 10)"
        "(document.activeElement.getBoundingClientRect())"
    )


def test_a_wide_formula_can_be_reached_by_keyboard_and_a_narrow_one_costs_no_stop(site, open_page):
    one = open_page(site, "book/training/autodiff.html", width=320)
    one.page.wait_for_function("document.querySelector('.udl-formula[tabindex]')")
    wrong = one.page.evaluate(
        """() => [...document.querySelectorAll('.udl-formula')].filter(
          (e) => (e.scrollWidth > e.clientWidth + 1) !== (e.tabIndex === 0)).length"""
    )
    assert wrong == 0
