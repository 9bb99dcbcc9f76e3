"""Oracles: the package, for every number that an explorable draws; Chromium, moved by hand."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from udlbook.classical import ridge
from udlbook.classical.latent import CurvedLatent, spiral
from udlbook.classical.mixtures import NormalMixture, em_step, three_clouds
from udlbook.data import GaborModel, damped_wave, digits, gabor_points
from udlbook.layers import conv2d, output_size, scaled_dot_product
from udlbook.losses import GaussianLoss
from udlbook.networks import regions, relu, shallow
from udlbook.optim import Momentum
from udlbook.plot import COLORS, DARK_COLORS
from udlbook.probability import Normal
from udlbook_site.sphinx_ext import explorables

pytestmark = pytest.mark.reader

STATIC = Path(__file__).parents[2] / "book" / "_static"
NAMES = sorted(p.stem for p in (STATIC / "explorables").glob("*.mjs") if p.stem != "kit")
ALT = "A figure with points to drag, and a curve that follows them."
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'"
PAGE = """<!doctype html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8"><title>An explorable</title>
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<link rel="icon" type="image/svg+xml" href="_static/favicon.svg">
<link rel="stylesheet" href="_static/udlbook.css">
<link rel="stylesheet" href="_static/explorables/explorables.css">
<script src="_static/mode.js"></script>
<script type="module" src="_static/explorables/{name}.mjs"></script>
</head>
<body><main class="bd-article"><section><h1>Title</h1>
<figure class="udl-gallery-figure">{place}
<svg class="udl-figure" role="img" aria-label="A still figure, drawn as a rectangle."
 viewBox="0 0 20 10"><path d="M1 1H19V9H1Z"/></svg>
<figcaption><p><span class="caption-text">What the figure is for.</span></p></figcaption>
</figure></section></main></body></html>
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory, new_server):
    """A page for each explorable, with the place that the directive makes."""
    root = tmp_path_factory.mktemp("explorables")
    shutil.copytree(STATIC, root / "_static")
    for name in NAMES:
        text = PAGE.format(policy=POLICY, name=name, place=explorables.place(name, ALT))
        (root / f"{name}.html").write_text(text, "utf-8")
    return new_server(root)


@pytest.fixture(scope="module")
def show(server, new_reader):
    """Show an explorable as it is at first: opened once, then reset."""
    opened = {}

    def show_one(name: str, *, width: int = 1000, mode: str = "light"):
        seen = opened.get(name)
        if seen is None:
            seen = opened[name] = new_reader(width=width).open(server, f"{name}.html")
            seen.page.wait_for_selector(".udl-live .udl-explorable svg")
        seen.page.set_viewport_size({"width": width, "height": 900})
        seen.page.emulate_media(media="screen", color_scheme=mode, forced_colors="none")
        seen.page.evaluate("(mode) => (document.documentElement.dataset.theme = mode)", mode)
        seen.page.get_by_role("button", name="Reset").click()
        return seen

    return show_one


def compute(seen, name: str, body: str, *arguments):
    """What a function of the module gives, ``m`` being the module."""
    module = f"await import('/_static/explorables/{name}.mjs')"
    return seen.page.evaluate(f"async (a) => {{ const m = {module}; {body} }}", list(arguments))


def drawn(seen, panel: int, mark: str) -> np.ndarray:
    """The points of a line as they stand on the screen, in the units of its axes."""
    script = """([panel, mark]) => {
      const p = document.querySelector('.udl-explorable').explorable.panels[panel];
      const d = p.marks[mark].getAttribute('d').match(/[^ML]+/g);
      return d.map((pair) => p.back(...pair.split(' ').map(Number)));
    }"""
    return np.array(seen.page.evaluate(script, [panel, mark]))


def readout(seen) -> str:
    return seen.page.inner_text(".udl-explorable .readout")


def set_slider(seen, label: str, value: float) -> None:
    script = "(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); }"
    seen.page.get_by_role("slider", name=label, exact=True).evaluate(script, value)


def handle(seen, label: str):
    return seen.page.locator(f'.udl-explorable [role="slider"][aria-label="{label}"]')


# ------------------------------------------------------------------ numbers


def test_the_path_is_that_of_momentum(show):
    seen = show("optimizers")
    model = GaborModel(*gabor_points())
    x, y = compute(seen, "optimizers", "return [m.X, m.Y]")
    np.testing.assert_array_equal([x, y], gabor_points())

    def path(start, lr, momentum):
        phi = np.array(start, dtype=float)
        points, optimizer = [phi.copy()], Momentum(phi, lr, momentum=momentum)
        for _ in range(100):
            optimizer.step(model.gradient(phi))
            points.append(phi.copy())
        return np.array(points)

    for setting in [([2.2, 5.5], 1.0, 0.9), ([-6.0, 16.0], 0.3, 0.0), ([3.9, 15.0], 2.0, 0.5)]:
        keys = dict(zip(("start", "lr", "momentum"), setting, strict=True))
        ours = compute(seen, "optimizers", "return m.path(a[0])", keys)
        np.testing.assert_allclose(ours, path(*setting), atol=1e-9)
        value, *gradient = compute(seen, "optimizers", "return m.loss(a[0])", setting[0])
        assert value == pytest.approx(model.loss(setting[0]), abs=1e-12)
        np.testing.assert_allclose(gradient, model.gradient(setting[0]), atol=1e-12)
    points = path([2.2, 5.5], 1.0, 0.9)
    np.testing.assert_allclose(drawn(seen, 0, "path"), points, atol=0.002)
    losses = model.loss(points)
    np.testing.assert_allclose(drawn(seen, 1, "loss")[:, 1], losses, atol=1e-4)
    assert f"{losses[-1]:.3f}, in the lowest valley" in readout(seen)
    level = model.loss(drawn(seen, 0, "ring4"))  # of a contour, by interpolation on a grid
    assert abs(level - 0.2).max() < 0.02 and np.median(abs(level - 0.2)) < 0.001
    set_slider(seen, "momentum μ", 0)
    set_slider(seen, "learning rate η", np.log10(3))
    end = path([2.2, 5.5], 10**0.479, 0)[-1]  # the slider has steps of 0.02 from log10(0.05)
    assert f"{model.loss(end):.3f}, at rest, but not in the lowest valley" in readout(seen)
    set_slider(seen, "momentum μ", 0.9)
    for key, times in ("ArrowLeft", 2), ("Shift+ArrowUp", 12), ("ArrowUp", 5):
        for _ in range(times):
            handle(seen, "start of the path").press(key)
    np.testing.assert_allclose(state(seen)["start"], [2, 18], atol=1e-9)
    assert path([2, 18], 10**0.479, 0.9)[-1, 1] > 22 and "off the map" in readout(seen)


def test_the_network_is_a_shallow_network(show):
    seen = show("shallow_networks")
    rng = np.random.default_rng(0)
    x = np.linspace(-1, 3, 41)
    start = compute(seen, "shallow_networks", "return m.start")
    random = {k: rng.normal(size=3).tolist() for k in "ucw"} | {"b": float(rng.normal())}
    for s in (start, random):
        u, c, w = (np.array(s[k]) for k in "ucw")
        phi = {"weights": [u[:, None], w[None]], "biases": [c, np.array([s["b"]])]}
        oracle = shallow.stages(x[:, None], phi, relu)
        ours = compute(
            seen, "shallow_networks", "return a[0].map((x) => m.network(x, a[1]))", x.tolist(), s
        )
        for key, values in [
            ("f", oracle.f),
            ("h", oracle.h),
            ("parts", oracle.contributions[:, 0]),
        ]:
            np.testing.assert_allclose([row[key] for row in ours], values, atol=1e-9)
        np.testing.assert_allclose([row["y"] for row in ours], oracle.y[:, 0], atol=1e-9)
        joints = compute(seen, "shallow_networks", "return m.joints(a[0])", s)
        np.testing.assert_allclose(joints, shallow.joints(phi), atol=1e-9)
        edges = np.concatenate([[-50], regions.pieces_1d(phi).edges, [50]])
        ends = shallow.forward(edges[:, None], phi, relu)[:, 0]
        slopes = compute(seen, "shallow_networks", "return m.slopes(a[0])", s)
        np.testing.assert_allclose(slopes, np.diff(ends) / np.diff(edges), atol=1e-9)
    # drag the first joint and the third slope; the curve on the screen follows
    for _ in range(3):
        handle(seen, "joint of unit 1").press("ArrowRight")
    handle(seen, "slope of unit 3").press("Shift+ArrowDown")
    u, c = np.array([1.2, -1, 1.6]), np.array([-1.2 * 0.56, 1, -2.4])
    jump = (2.6 * 1.6 * 0.35 - 0.2) / 0.35
    phi = {
        "weights": [u[:, None], np.array([[-1.3, 0.8, jump / 1.6]])],
        "biases": [c, np.array([0.3])],
    }
    curve = drawn(seen, 1, "y")
    expected = shallow.forward(curve[:, :1], phi, relu)[:, 0]
    np.testing.assert_allclose(curve[:, 1], expected, atol=2e-3)
    np.testing.assert_allclose(np.sort(curve[1:-1, 0]), [0.56, 1, 1.5], atol=1e-3)


def test_the_loss_is_that_of_a_normal(show):
    seen = show("losses")
    y = np.array(compute(seen, "losses", "return m.data"))
    np.testing.assert_array_equal(y, np.random.default_rng(4).normal(2, 1, 12).round(2))
    for mu, sigma in [(1.1, 1.8), (2.0, 0.5), (-0.5, 3.0)]:
        log, loss, product = compute(
            seen,
            "losses",
            "return [m.logLikelihood, m.loss, m.likelihood].map((f) => f(...a))",
            mu,
            sigma,
        )
        normal = Normal(mu, sigma)
        assert loss == pytest.approx(GaussianLoss(sigma).value(np.full(12, mu), y), abs=1e-9)
        assert log == pytest.approx(normal.log_prob(y).sum(), abs=1e-9)
        assert product == pytest.approx(normal.prob(y).prod(), rel=1e-9)
    sigmas = np.linspace(0.5, 3, 2501)
    best = compute(seen, "losses", "return m.best(1.1)")
    values = [GaussianLoss(s).value(np.full(12, 1.1), y) for s in sigmas]
    assert abs(best - sigmas[np.argmin(values)]) <= 1e-3
    for choice, of in [
        ("loss", lambda p: -np.log(p).mean(0)),
        ("log likelihood", lambda p: np.log(p).sum(0)),
        ("likelihood", lambda p: p.prod(0) * 1e8),
    ]:
        seen.page.get_by_role("radio", name=choice, exact=True).check()
        curve = drawn(seen, 1, "curve")
        curve = curve[curve[:, 0] > 0.45]
        expected = of(Normal(1.1, curve[:, 0]).prob(y[:, None]))
        np.testing.assert_allclose(curve[:, 1], expected, atol=0.02 * np.ptp(expected))
    bell = drawn(seen, 0, "bell")
    np.testing.assert_allclose(bell[:, 1], Normal(1.1, 1.8).prob(bell[:, 0]), atol=1e-3)


def test_the_output_is_that_of_attention(show):
    seen = show("transformers")
    keys = torch.tensor(compute(seen, "transformers", "return m.keys"), dtype=torch.float64)
    for q, beta in [((0.9, 0.6), 0.71), ((-2.0, 1.3), 10.0), ((0.1, -0.4), 0.05)]:
        got = compute(
            seen, "transformers", "return [m.weights, m.output].map((f) => f(...a))", q, beta
        )
        scaled = torch.tensor([q], dtype=torch.float64) * beta * 2**0.5  # undoes the paper's root
        output, weights = scaled_dot_product(scaled, keys, keys)
        np.testing.assert_allclose(got[0], weights[0], atol=1e-9)
        np.testing.assert_allclose(got[1], output[0], atol=1e-9)
    output, weights = scaled_dot_product(
        torch.tensor([[0.2, 1.8]], dtype=torch.float64) * 0.71 * 2**0.5, keys, keys
    )
    bar = drawn(seen, 1, "bar0")
    np.testing.assert_allclose(bar, [[1, 0], [1, weights[0, 0]]], atol=0.01)
    way = drawn(seen, 0, "way3")
    np.testing.assert_allclose(way, [output[0], keys[3]], atol=0.02)
    assert "on key 2." in readout(seen)


def test_the_output_is_that_of_a_convolution(show):
    seen = show("convolution")
    image, kernels = compute(seen, "convolution", "return [m.image, m.kernels]")
    data = digits()
    np.testing.assert_array_equal(image, data.x[data.y == 3][1][::-1])
    x = torch.tensor(image, dtype=torch.float64)[None, None]

    def oracle(name, **options):
        weight = torch.tensor(kernels[name], dtype=torch.float64)[None, None]
        return conv2d(x, weight, **options)[0, 0].numpy()

    for name in kernels:
        for s, p, d in np.ndindex(3, 3, 2):
            options = {"stride": int(s) + 1, "padding": int(p), "dilation": int(d) + 1}
            ours = compute(
                seen,
                "convolution",
                "const n = [...Array(m.size(a[0])).keys()];"
                "return n.map((i) => n.map((j) => m.output(i, j, a[0])));",
                options | {"kernel": name},
            )
            assert len(ours) == output_size(8, 3, **options)
            np.testing.assert_allclose(ours, oracle(name, **options), atol=1e-9)
    # the square on the screen is where the kernel is; the dots are as large as the outputs
    y = oracle("to the right", padding=1)
    radius = "(e) => +e.getAttribute('r')"
    for i, j in [(5, 5), (0, 3), (7, 7)]:
        dot = seen.page.locator(f'[data-mark="{i},{j}"]').last
        expected = 8 * np.sqrt(abs(y[i, j]) / abs(y).max())
        assert dot.evaluate(radius) == pytest.approx(expected, abs=1e-6)
    np.testing.assert_allclose(drawn(seen, 0, "tap00").mean(0), [3.9, 3.9], atol=0.15)
    assert f"add up to {y[5, 5]:.2f}.".replace("-", "\u2212") in readout(seen)
    set_slider(seen, "stride", 2)
    set_slider(seen, "padding", 0)
    y = oracle("to the right", stride=2)
    assert y.shape == (3, 3) and "3 × 3 numbers" in readout(seen)
    handle(seen, "kernel").press("Shift+ArrowUp")
    handle(seen, "kernel").press("ArrowLeft")
    assert f"column 1, row 2 the nine products add up to {y[2, 1]:.2f}." in readout(seen).replace(
        "\u2212", "-"
    )
    assert drawn(seen, 0, "tap00")[:, 0].min() == pytest.approx(2 - 0.44, abs=0.01)


def test_the_fit_is_a_ridge_regression(show):
    seen = show("regularizers")
    x, y, noise, degree = compute(seen, "regularizers", "return [m.x, m.y, m.NOISE, m.DEGREE]")
    rng = np.random.default_rng(1)
    np.testing.assert_allclose(x, (np.arange(14) + rng.uniform(0.1, 0.9, 14)) / 14, atol=6e-4)
    truth = damped_wave(np.array(x)) + noise * rng.standard_normal(14)
    np.testing.assert_allclose(y, truth, atol=6e-4)
    grid = np.linspace(0, 1, 2001)
    ours = compute(seen, "regularizers", "return a[0].map(m.wave)", grid.tolist())
    np.testing.assert_allclose(ours, damped_wave(grid), atol=1e-12)

    def design(t):
        return np.polynomial.legendre.legvander(2 * np.asarray(t) - 1, degree)

    for penalty in (1e-5, 1e-3, 1.0, 1e3):
        weights = compute(seen, "regularizers", "return m.ridge(a[0])", penalty)
        price = np.r_[0, np.full(degree, penalty)]
        oracle = ridge.fit(design(x), np.array(y), price)
        np.testing.assert_allclose(weights, oracle, rtol=1e-9, atol=1e-9)
        train, test = compute(seen, "regularizers", "return m.errors(a[0])", penalty)
        assert train == pytest.approx(np.mean((design(x) @ oracle - y) ** 2), abs=1e-9)
        wrong = (design(grid) @ oracle - damped_wave(grid)) ** 2
        assert test == pytest.approx(noise**2 + np.trapezoid(wrong, grid), rel=0.01)
    set_slider(seen, "penalty λ", 0)
    curve = drawn(seen, 0, "fit")
    weights = ridge.fit(design(x), np.array(y), np.r_[0, np.ones(degree)])
    np.testing.assert_allclose(curve[:, 1], design(curve[:, 0]) @ weights, atol=2e-3)
    assert "about as good as it gets" in readout(seen)


def test_the_posterior_is_that_of_a_number_on_the_curve(show):
    seen = show("latent_variables")
    grid = compute(seen, "latent_variables", "return m.grid")
    for x, sigma in [([-1.0, 0.35], 0.25), ([2.4, -2.4], 0.15), ([0.0, 0.0], 1.5)]:
        model = CurvedLatent(spiral, sigma, reach=4.0, size=801)
        np.testing.assert_allclose(grid, model.grid, atol=1e-12)
        level, density = compute(seen, "latent_variables", "return m.posterior(...a)", x, sigma)
        assert level == pytest.approx(model.log_marginal(np.array(x)), abs=1e-9)
        np.testing.assert_allclose(density, model.posterior(np.array(x)), atol=1e-9)
    way = compute(seen, "latent_variables", "return m.grid.map(m.curve)")
    np.testing.assert_allclose(way, spiral(grid), atol=1e-12)
    line = drawn(seen, 1, "posterior")
    model = CurvedLatent(spiral, 0.25, reach=4.0, size=801)
    density = np.interp(line[:, 0], grid, model.posterior(np.array([-1.0, 0.35])))
    np.testing.assert_allclose(line[:, 1], density, atol=0.03)
    assert "Peaks of the posterior at z = −1.7 and 1.4." in readout(seen)
    handle(seen, "point").press("Shift+ArrowRight")
    level = model.log_marginal(np.array([-0.8, 0.35]))
    assert f"{level:.2f} nats".replace("-", "−") in readout(seen)


def test_the_steps_are_those_of_expectation_maximization(show):
    seen = show("em")
    x = np.array(compute(seen, "em", "return m.data"))
    drawn_once = three_clouds().sample(70, rng=np.random.default_rng(1))[0]
    np.testing.assert_array_equal(x, drawn_once.round(1))
    floor = compute(seen, "em", "return m.FLOOR")

    def climb(means):
        model, levels = NormalMixture([1 / 3] * 3, means, [np.eye(2)] * 3), []
        for _ in range(61):
            levels.append(model.log_prob(x).mean())
            last, model = model, em_step(model, x, floor=floor)
        return levels, last

    for means in ([[-3, 0], [0, 0], [3, 0]], [[-2, 2], [2, 2], [0, -2]]):
        levels, last = climb(means)
        r, level, ours = compute(
            seen,
            "em",
            "let now = m.first(a[0]);"
            "for (let n = 0; n < 60; n++) now = m.step(now);"
            "return [...m.expect(now), now];",
            means,
        )
        assert level == pytest.approx(levels[-1], abs=1e-9)
        np.testing.assert_allclose(r, last.responsibilities(x), atol=1e-9)
        for k, mine in enumerate(ours):
            a, b, c = mine["s"]
            np.testing.assert_allclose([[a, b], [b, c]], last.cov[k], atol=1e-9)
            np.testing.assert_allclose(mine["m"], last.mu[k], atol=1e-9)
            assert mine["w"] == pytest.approx(last.weights[k], abs=1e-9)
    handle(seen, "first mean of component 2").press("Shift+ArrowUp")
    levels, _ = climb([[-3, 0], [0, 1], [3, 0]])
    np.testing.assert_allclose(drawn(seen, 1, "trace")[:, 1], levels, atol=0.01)
    set_slider(seen, "steps", 60)
    ring = climb([[-3, 0], [0, 1], [3, 0]])[1].outlines(points=61)
    np.testing.assert_allclose(drawn(seen, 0, "ellipse1"), ring[1], atol=0.03)
    assert f"{levels[-1]:.2f}.".replace("-", "−") in readout(seen)


# ------------------------------------------------------------------ hands


@pytest.mark.parametrize("name", NAMES)
def test_keys_move_every_point_and_reset_brings_all_back(show, name):
    seen = show(name)
    page = seen.page
    first = page.inner_html(".udl-explorable svg")
    first_words = readout(seen)
    points = page.locator(".udl-explorable .handle")
    assert points.count() >= 1
    for point in points.all():
        for key, back in (("ArrowRight", "ArrowLeft"), ("ArrowUp", "ArrowDown")):
            before, at = point.get_attribute("aria-valuetext"), point.get_attribute("transform")
            point.press(key)
            step = point.get_attribute("transform")
            assert point.get_attribute("aria-valuetext") != before and step != at
            point.press(back)
            np.testing.assert_allclose(place(point), numbers(at), atol=1e-6)
            point.press(f"Shift+{back}")
            far = np.subtract(place(point), numbers(at))
            near = np.subtract(numbers(step), numbers(at))
            assert np.linalg.norm(far) > 4 * np.linalg.norm(near)
            point.press(f"Shift+{key}")
    for slider in page.locator(".udl-explorable input[type=range]").all():
        before = slider.get_attribute("aria-valuetext")
        slider.press("ArrowRight")
        words = slider.get_attribute("aria-valuetext")
        assert words != before
        output = page.locator(f"output[for={slider.get_attribute('id')}]")
        assert output.inner_text() == words
    assert page.inner_html(".udl-explorable svg") != first
    page.get_by_role("button", name="Reset").click()
    assert re.sub(r"udl-\d+", "", page.inner_html(".udl-explorable svg")) == re.sub(
        r"udl-\d+", "", first
    )
    assert readout(seen) == first_words
    assert seen.console == seen.failed == seen.elsewhere == []
    assert page.evaluate("document.getAnimations().length") == 0  # nothing moves by itself


def numbers(transform: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?[\d.]+(?:e-?\d+)?", transform)]


def place(point) -> list[float]:
    return numbers(point.get_attribute("transform"))


def centre(point) -> tuple[float, float]:
    box = point.locator("circle").last.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_mouse_drags_a_point_within_its_bounds(show):
    seen = show("optimizers")
    point, mouse = handle(seen, "start of the path"), seen.page.mouse
    before, (x, y) = place(point), centre(point)
    mouse.move(x + 4, y + 3)  # not quite the centre: the point must not jump
    mouse.down()
    mouse.move(x + 24, y - 47)
    np.testing.assert_allclose(place(point), np.add(before, [20, -50]), atol=0.01)
    np.testing.assert_allclose(drawn(seen, 0, "path")[0], [*state(seen)["start"]], atol=0.002)
    mouse.move(3000, -3000)
    assert state(seen)["start"] == [8, 22]
    mouse.up()
    mouse.move(x, y)
    assert state(seen)["start"] == [8, 22]


def test_a_finger_drags_a_point_and_the_page_does_not_scroll(browser, server):
    context = browser.new_context(viewport={"width": 390, "height": 500}, has_touch=True)
    page = context.new_page()
    page.goto(f"{server.address}/losses.html")
    page.wait_for_selector(".udl-live .udl-explorable svg")
    x, y = centre(page.locator('[aria-label="mean"]'))
    touch = context.new_cdp_session(page)

    def send(kind, *points):
        spots = [{"x": x + dx, "y": y + dy} for dx, dy in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    for step in ("touchStart", (10, 10)), ("touchMove", (30, -60)), ("touchMove", (50, -160)):
        send(*step)
    send("touchEnd")
    mu = page.evaluate("document.querySelector('.udl-explorable').explorable.state.mu")
    plot = page.locator(".udl-explorable svg").bounding_box()["width"] - 58
    assert mu == pytest.approx(1.1 + 40 / plot * 7, abs=0.01)
    assert page.evaluate("scrollY") == 0
    context.close()


def state(seen) -> dict:
    return seen.page.evaluate("document.querySelector('.udl-explorable').explorable.state")


def test_a_point_keeps_the_focus_when_the_page_changes_its_width(show):
    seen = show("shallow_networks")
    handle(seen, "joint of unit 2").focus()
    seen.page.set_viewport_size({"width": 500, "height": 800})
    seen.page.wait_for_selector(".udl-explorable svg[width='484']")
    focused = "document.activeElement.getAttribute('aria-label')"
    assert seen.page.evaluate(focused) == "joint of unit 2"


def test_the_focus_can_be_seen(show):
    seen = show("losses")
    for _ in range(2):
        seen.page.keyboard.press("Tab")
    ring = seen.page.locator(".handle:focus-visible circle").first
    link = seen.page.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--udl-link')"
    )
    assert ring.evaluate("(e) => getComputedStyle(e).stroke") == rgb(link)


def rgb(color: str) -> str:
    r, g, b = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgb({r}, {g}, {b})"


# ------------------------------------------------------------------ eyes and ears

_NAMES = """() => {
  const faults = [], at = (e, n) => e.getAttribute('aria-' + n);
  const bounds = ['valuemin', 'valuenow', 'valuemax'];
  for (const e of document.querySelectorAll('.udl-explorable [role=slider]')) {
    const [low, now, high] = bounds.map((n) => parseFloat(at(e, n)));
    if (!at(e, 'label') || !at(e, 'valuetext')) faults.push('a point without a name');
    if (e.tabIndex !== 0) faults.push(at(e, 'label') + ': the keyboard cannot reach it');
    if (!(low <= now && now <= high && low < high)) faults.push(at(e, 'label') + ': bounds');
    const {width, height} = e.querySelector('circle').getBoundingClientRect();
    if (width < 24 || height < 24) faults.push(at(e, 'label') + ': too small for a finger');
  }
  for (const e of document.querySelectorAll('.udl-explorable :is(input, button)')) {
    if (!(e.labels?.[0]?.innerText ?? e.innerText).trim()) faults.push('a control without a name');
    if (e.type === 'range' && !at(e, 'valuetext')) faults.push(e.id + ': no words for its value');
    if (e.type === 'range' && e.getBoundingClientRect().height < 24) faults.push('low: ' + e.id);
  }
  // the page clips what is too wide, so that it would not scroll
  for (const e of document.querySelectorAll('.udl-explorable, .udl-explorable > *, .controls *'))
    if (e.getBoundingClientRect().right > innerWidth) faults.push('too wide: ' + e.tagName);
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  if (ids.length !== new Set(ids).size) faults.push('an id twice');
  for (const e of document.querySelectorAll('.udl-explorable svg text')) {
    const {left, right} = e.getBoundingClientRect(), b = e.ownerSVGElement.getBoundingClientRect();
    if (left < b.left - 1 || right > b.right + 1) faults.push('cut off: ' + e.textContent);
    if (parseFloat(getComputedStyle(e).fontSize) < 12) faults.push('too small: ' + e.textContent);
  }
  return faults;
}"""


@pytest.mark.parametrize("name", NAMES)
def test_an_explorable_has_names_and_fits_a_phone(show, name):
    for width in (320, 1000):
        seen = show(name, width=width)
        assert seen.page.evaluate(_NAMES) == []
        assert seen.sideways(width) == []
        assert seen.pictures() == []
        group = seen.page.locator(".udl-explorable svg")
        assert (group.get_attribute("role"), group.get_attribute("aria-label")) == ("group", ALT)
        assert group.bounding_box()["width"] > 0.8 * min(width, 700)


def test_the_result_is_said_once_the_hand_rests(show):
    from playwright.sync_api import expect

    seen = show("regularizers")
    said = seen.page.locator(".said")
    expect(said).to_have_text(readout(seen))
    seen.page.evaluate(
        """() => { const said = document.querySelector('.said'); window.heard = [];
        new MutationObserver(() => heard.push(said.textContent)).observe(said, {childList: true});
        const key = new KeyboardEvent('keydown', {key: 'ArrowRight'});
        for (let i = 0; i < 40; i++) document.querySelector('.handle').dispatchEvent(key); }"""
    )
    words = readout(seen)
    assert said.inner_text() != words
    expect(said).to_have_text(words)
    assert seen.page.evaluate("heard") == [words]
    assert seen.page.locator(".readout").get_attribute("aria-hidden") == "true"


@pytest.mark.parametrize(("mode", "colors"), [("light", COLORS), ("dark", DARK_COLORS)])
def test_it_has_the_colours_of_the_page(show, mode, colors):
    seen = show("regularizers", mode=mode)
    look = "(e) => { const s = getComputedStyle(e); return [s.stroke, s.fill]; }"
    for mark, color in [("fit", "blue"), ("test", "red"), ("train", "orange")]:
        line = seen.page.locator(f"[data-mark={mark}]")
        assert line.evaluate(look) == [rgb(colors[color]), "none"]
    soft = seen.page.evaluate("getComputedStyle(document.querySelector('figcaption')).color")
    assert seen.page.locator("svg text.axis").first.evaluate(look)[1] == soft


def test_the_readers_own_colours_win(show):
    seen = show("regularizers")
    seen.page.emulate_media(forced_colors="active", color_scheme="dark")
    found = seen.page.evaluate(
        """() => { const own = (name) => {
          const e = document.body.appendChild(document.createElement('i'));
          e.style.color = name;
          return getComputedStyle(e).color; };
        const look = (s, k) => getComputedStyle(document.querySelector(s))[k];
        return [[look('svg text.axis', 'fill'), own('CanvasText')],
                [look('[data-mark=fit]', 'stroke'), own('LinkText')],
                [look('.handle circle:nth-child(2)', 'fill'), own('Canvas')]]; }"""
    )
    for ours, theirs in found:
        assert ours == theirs


# ------------------------------------------------------------------ the still figure


def shown(page) -> tuple[bool, bool]:
    """Whether the still figure can be seen, and whether the explorable can."""
    return (
        page.locator("svg.udl-figure").is_visible(),
        page.locator(".udl-explorable").is_visible(),
    )


def test_without_scripts_the_still_figure_stands(browser, server):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.address}/optimizers.html")
    assert shown(page) == (True, False)
    context.close()


def test_on_paper_the_still_figure_stands(show):
    seen = show("optimizers")
    assert shown(seen.page) == (False, True)
    seen.page.emulate_media(media="print")
    assert shown(seen.page) == (True, False)


def test_if_an_explorable_fails_the_still_figure_stands(browser, server):
    page = browser.new_page()
    page.add_init_script("delete window.structuredClone")
    page.goto(f"{server.address}/optimizers.html")
    assert page.locator("svg.udl-figure").is_visible()
    assert page.locator(".udl-explorable").count() == 0
    page.close()
