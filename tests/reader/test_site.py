"""Oracles: Chromium, which opens every page of the built site as a reader would."""

import pytest

pytestmark = pytest.mark.reader


def pages(folder) -> list[str]:
    """The pages of a site; of the listings of source, which share a template, each eighth."""
    if not (folder / "index.html").is_file():
        return ["index.html"]  # the fixture says what is missing
    found = (p.relative_to(folder).as_posix() for p in folder.rglob("*.html"))
    found = sorted(p for p in found if not p.startswith(("_static/", "_sources/")))
    listings = [p for p in found if p.startswith("_modules/")]
    return [p for p in found if p not in listings] + listings[::8]


def pytest_generate_tests(metafunc):
    """One test of each rule for each page."""
    if "seen" in metafunc.fixturenames:
        folder = metafunc.config.stash["udlbook site"]
        metafunc.parametrize("seen", pages(folder), indirect=True, scope="module")


@pytest.fixture(scope="module")
def seen(request, reader, site):
    """A page of the site, open."""
    yield reader.open(site, request.param)
    reader.forget()


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
