"""Oracles: all activation patterns, by linear programs and in fractions; papers; areas; grids."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from udlbook.networks import deep, regions, relu
from udlbook.networks.regions import count_regions, pieces_1d, preimages, regions_2d, zaslavsky

ZIGZAG = {  # up, down, up, down over the quarters of [0, 1], each onto [0, 1]
    "weights": [np.array([[1.0], [1.0], [-1.0]]), np.array([[-12.0, 8.0, -8.0]])],
    "biases": [np.array([-0.25, -0.5, 0.75]), np.array([5.0])],
}


def random_phi(*sizes, seed=0):
    rng = np.random.default_rng([seed, *sizes])
    return deep.make(sizes, rng.standard_normal, rng.standard_normal)


def whole_phi(*sizes, seed=0):
    """Small whole numbers: units that coincide, that are parallel, that are never on, abound."""
    rng = np.random.default_rng([seed, *sizes])
    return deep.make(sizes, *[lambda shape: rng.integers(-2, 3, shape).astype(float)] * 2)


def pre_activations(phi, pattern, dim):
    """The affine function (slopes, constant) of each unit, were the pattern the state of all."""
    number = phi["weights"][0].dtype
    slope, constant, unit, found = np.eye(dim, dtype=number), np.zeros(dim, number), 0, []
    for W, b in zip(phi["weights"][:-1], phi["biases"][:-1], strict=True):
        slope, constant = W @ slope, W @ constant + b
        found += zip(slope, constant, strict=True)
        on = np.array(pattern[unit : unit + len(b)])
        slope, constant, unit = slope * on[:, None], constant * on, unit + len(b)
    return found


def patterns(phi):
    return product([0, 1], repeat=sum(len(b) for b in phi["biases"][:-1]))


def has_inside(phi, pattern, dim, box=None):
    """Whether a ball fits where all units have these states: a linear program."""
    rows, limits = [], []
    for on, (slope, constant) in zip(pattern, pre_activations(phi, pattern, dim), strict=True):
        size = np.linalg.norm(slope)
        if size < 1e-12:  # the same state everywhere
            if on != (constant > 1e-12):
                return False
        else:
            sign = 1 if on else -1
            rows.append([*(-sign * slope / size), 1])
            limits.append(sign * constant / size)
    bounds = [*(box or [(None, None)] * dim), (None, 1)]
    if box:  # the ball must fit into the box too
        for i, (low, high) in enumerate(box):
            rows += [[*np.eye(dim)[i], 1], [*-np.eye(dim)[i], 1]]
            limits += [high, -low]
    objective = [0] * dim + [-1]
    best = linprog(objective, np.array(rows).reshape(-1, dim + 1), limits, bounds=bounds)
    return best.status == 0 and -best.fun > 1e-9


def count_by_programs(phi, dim, box=None):
    return sum(has_inside(phi, pattern, dim, box) for pattern in patterns(phi))


def fractions_of(phi):
    to_fraction = np.vectorize(Fraction, otypes=[object])
    return {key: [to_fraction(a) for a in arrays] for key, arrays in phi.items()}


def count_in_fractions(phi):
    """One input: the patterns whose inequalities leave an interval, in rational arithmetic."""
    phi, count = fractions_of(phi), 0
    for pattern in patterns(phi):
        low, high, possible = -math.inf, math.inf, True
        for on, ((w,), c) in zip(pattern, pre_activations(phi, pattern, 1), strict=True):
            if w == 0:
                possible &= on == (c > 0)
            elif (w > 0) == bool(on):
                low = max(low, -c / w)
            else:
                high = min(high, -c / w)
        count += possible and low < high
    return count


# ---------------------------------------------------------------------- formulas


def test_zaslavsky_in_small_cases_known_by_hand():
    assert [zaslavsky(h, 2) for h in range(6)] == [1, 2, 4, 7, 11, 16]  # cuts of a pizza
    assert [zaslavsky(h, 3) for h in range(5)] == [1, 2, 4, 8, 15]  # of a cake
    assert zaslavsky(9, 0) == 1 and zaslavsky(5, 7) == 2**5


@pytest.mark.parametrize("sizes", [(1, 6, 1), (2, 5, 1), (3, 4, 1), (3, 5, 2)])
def test_random_hyperplanes_reach_zaslavskys_number(sizes):
    assert count_by_programs(random_phi(*sizes), sizes[0]) == zaslavsky(sizes[1], sizes[0])


def serra(dim, widths):
    """Theorem 1 of Serra et al. as printed: a sum over a set of index vectors."""
    total = 0
    for j in product(*(range(w + 1) for w in widths)):
        caps = [
            min([dim, widths[k], *(widths[i] - j[i] for i in range(k))]) for k in range(len(j))
        ]
        if all(a <= cap for a, cap in zip(j, caps, strict=True)):
            total += math.prod(math.comb(w, a) for w, a in zip(widths, j, strict=True))
    return total


@given(st.integers(0, 4), st.lists(st.integers(1, 5), max_size=4))
def test_the_upper_bound_is_the_sum_of_the_paper(dim, widths):
    assert regions.deep_upper_bound(dim, widths) == serra(dim, widths)


@given(st.integers(1, 3), st.lists(st.integers(0, 4), min_size=1, max_size=4))
def test_the_lower_bound_is_below_the_upper(dim, extra):
    widths = [3 * dim + e for e in extra]
    low, high = regions.deep_lower_bound(dim, widths), regions.deep_upper_bound(dim, widths)
    assert low == high if dim == 1 or len(widths) == 1 else low <= high
    if dim == 1:
        assert low == math.prod(w + 1 for w in widths)


def test_folding_reaches_the_bounds_for_one_input():
    phi = ZIGZAG
    for depth in (1, 2, 3, 4):
        assert count_regions(phi) == regions.deep_lower_bound(1, [3] * depth) == 4**depth
        phi = deep.compose(phi, ZIGZAG)


def test_folding_reaches_the_lower_bound_for_two_inputs():
    two = np.kron(np.eye(2), ZIGZAG["weights"][0]), np.kron(np.eye(2), ZIGZAG["weights"][1])
    fold = {"weights": list(two), "biases": [np.tile(b, 2) for b in ZIGZAG["biases"]]}
    angle = np.pi * (np.arange(6) + 0.5) / 6  # six lines that cross each other near (1/2, 1/2)
    W = np.column_stack([np.cos(angle), np.sin(angle)])
    b = -W @ [0.5, 0.5] + 0.05 * np.array([1, -1, 0.4, 0.9, -0.7, 0.2])
    phi = deep.compose(fold, {"weights": [W, np.ones((1, 6))], "biases": [b, np.zeros(1)]})
    assert count_regions(phi) == regions.deep_lower_bound(2, [6, 6]) == 352


# ---------------------------------------------------------------------- one input


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(0, 999), st.booleans())
def test_regions_on_the_line_are_all_patterns_that_occur(hidden, seed, whole):
    if sum(hidden) > 8:
        hidden = hidden[:2]
    phi = (whole_phi if whole else random_phi)(1, *hidden, 1, seed=seed)
    want = count_in_fractions(phi)
    assert len(pieces_1d(phi).edges) + 1 == want == count_regions(phi)
    assert len(pieces_1d(fractions_of(phi), tol=0).edges) + 1 == want
    assert want <= regions.deep_upper_bound(1, hidden)


@pytest.mark.parametrize("hidden", [(10,), (6, 6), (5, 4, 5), (20, 20, 20)])
def test_pieces_are_the_network(hidden):
    phi = random_phi(1, *hidden, 2)
    p = pieces_1d(phi)
    assert np.all(np.diff(p.edges) > 0) and p.on.shape == (len(p.edges) + 1, sum(hidden))
    x = np.random.default_rng(1).uniform(-9, 9, 20_000)
    s = deep.stages(x[:, None], phi, relu)
    r = np.searchsorted(p.edges, x)
    np.testing.assert_allclose(p.slope[r] * x[:, None] + p.offset[r], s.y, atol=1e-9)
    np.testing.assert_array_equal(p.on[r], np.hstack([f > 0 for f in s.f[:-1]]))
    assert np.all(np.any(p.on[1:] != p.on[:-1], axis=1))
    assert len(np.unique(p.on, axis=0)) == len(p.on)


def test_edges_of_a_shallow_network_are_its_joints():
    phi = random_phi(1, 7, 1)
    np.testing.assert_allclose(
        pieces_1d(phi).edges, np.sort(-phi["biases"][0] / phi["weights"][0][:, 0])
    )


def test_edges_that_nearly_meet_are_one_unless_in_fractions():
    phi = {
        "weights": [np.ones((2, 1)), np.ones((1, 2))],
        "biases": [np.array([0.0, -(2.0**-45)]), np.zeros(1)],
    }
    assert len(pieces_1d(phi).edges) == 1
    assert len(pieces_1d(phi, tol=1e-15).edges) == 2
    assert len(pieces_1d(fractions_of(phi), tol=0).edges) == 2
    assert count_regions(phi) == 3  # one hidden layer is counted exactly


def test_slopes_that_cancel_up_to_rounding_are_flat():
    phi = {  # right of 0 the slope of the second layer is 0.1 + 0.2 - 0.3
        "weights": [np.array([[0.1], [0.2], [0.3]]), np.array([[1.0, 1, -1]]), np.ones((1, 1))],
        "biases": [np.zeros(3), np.array([-0.5]), np.zeros(1)],
    }
    assert 0.1 + 0.2 != 0.3
    assert len(pieces_1d(phi).edges) == 1
    assert len(pieces_1d(fractions_of(phi), tol=0).edges) == 2


def test_a_network_far_from_zero_is_cut_all_the_same():
    phi = random_phi(1, 4, 3, 1)
    moved = {
        **phi,
        "biases": [phi["biases"][0] - 1e6 * phi["weights"][0][:, 0], *phi["biases"][1:]],
    }
    edges, far = pieces_1d(phi).edges, pieces_1d(moved).edges
    np.testing.assert_allclose(far - 1e6, edges, atol=1e-6)


def test_every_input_of_a_fold_is_found():
    phi = deep.compose(ZIGZAG, ZIGZAG)
    p = pieces_1d(phi)
    x = preimages(p, 0.3)
    assert len(x) == 16 and np.all(np.diff(x) > 0)
    np.testing.assert_allclose(deep.forward(x[:, None], phi, relu), 0.3, atol=1e-12)
    assert len(preimages(p, 1.0)) == 8  # two layers of the fold meet at each of its tops
    assert len(preimages(p, 1.1)) == 0
    grid = np.linspace(-3, 3, 20_001)
    for seed in range(20):
        phi = random_phi(1, 5, 5, 1, seed=seed)
        y = np.median(deep.forward(grid[:, None], phi, relu)) + 0.01
        above = deep.forward(grid[:, None], phi, relu)[:, 0] > y
        x = preimages(pieces_1d(phi), y)
        assert np.sum(abs(x) < 3) == np.sum(above[1:] != above[:-1])


def test_every_edge_value_has_its_edge_as_preimage():
    for seed in range(20):
        p = pieces_1d(random_phi(1, 6, 4, 1, seed=seed))
        for r, edge in enumerate(p.edges):
            y = p.slope[r, 0] * edge + p.offset[r, 0]
            if p.slope[r, 0] or p.slope[r + 1, 0]:
                assert np.min(abs(preimages(p, y) - edge)) < 1e-12


# ---------------------------------------------------------------------- two inputs


def lines(*rows):
    rows = np.array(rows, float)
    return {
        "weights": [rows[:, :2], np.ones((1, len(rows)))],
        "biases": [rows[:, 2], np.zeros(1)],
    }


CASES = {  # lines a x + b y + c = 0, and the parts that one counts on paper
    "one": (lines((1, 2, 3)), 2),
    "three in a point": (lines((1, 0, 0), (0, 1, 0), (1, 1, 0)), 6),
    "three in a point that is no float": (lines((1, 1, -1), (1, 4, -2), (2, 5, -3)), 6),
    "triangle": (lines((1, 0, 0), (0, 1, 0), (1, 1, -1)), 7),
    "three parallel": (lines((1, 2, 0), (1, 2, 1), (-2, -4, 5)), 4),
    "two parallel and one": (lines((1, 2, 0), (1, 2, 1), (1, 0, 0)), 6),
    "grid": (lines((1, 0, 0), (1, 0, 1), (0, 1, 0), (0, 1, 1)), 9),
    "the same line three times": (lines((1, 2, 3), (2, 4, 6), (-1, -2, -3)), 2),
    "a unit that never bends": (lines((1, 0, 0), (0, 0, 4)), 2),
    "four in a point, one through two": (
        lines((1, 0, 0), (0, 1, 0), (1, 1, 0), (1, -1, 0), (1, 0, -1)),
        12,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_parts_of_the_plane_as_counted_on_paper(name):
    phi, want = CASES[name]
    assert count_regions(phi) == count_by_programs(phi, 2) == want
    through_polygons = deep.compose({"weights": [np.eye(2)], "biases": [np.zeros(2)]}, phi)
    assert count_regions(through_polygons) == want


@settings(deadline=None, max_examples=12)
@given(st.integers(1, 6), st.integers(0, 999), st.booleans())
def test_a_shallow_network_has_as_many_regions_as_patterns_that_occur(hidden, seed, whole):
    phi = (whole_phi if whole else random_phi)(2, hidden, 1, seed=seed)
    assert count_regions(phi) == count_by_programs(phi, 2)
    if not whole:
        assert count_regions(phi) == zaslavsky(hidden, 2)


@settings(deadline=None, max_examples=12)
@given(st.sampled_from([(3, 3), (4, 2), (2, 2, 2), (1, 3)]), st.integers(0, 999), st.booleans())
def test_a_deep_network_has_as_many_regions_as_patterns_that_occur(hidden, seed, whole):
    phi = (whole_phi if whole else random_phi)(2, *hidden, 1, seed=seed)
    assert count_regions(phi) == count_by_programs(phi, 2) <= regions.deep_upper_bound(2, hidden)
    assert len(regions_2d(phi, (-1, 2, -1, 1))) == count_by_programs(phi, 2, [(-1, 2), (-1, 1)])


def area(corners):
    x, y = corners.T
    return 0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)


@pytest.mark.parametrize("hidden", [(12,), (8, 8), (6, 5, 6)])
def test_polygons_tile_the_box_and_carry_the_network(hidden):
    phi = random_phi(2, *hidden, 2)
    found = regions_2d(phi, (-2, 3, -1, 2))
    assert all(area(r.corners) > 0 for r in found)
    np.testing.assert_allclose(sum(area(r.corners) for r in found), 15, rtol=1e-12)
    assert len({r.on.tobytes() for r in found}) == len(found)
    for r in found:
        side = np.roll(r.corners, -1, axis=0) - r.corners
        after = np.roll(side, -1, axis=0)
        assert np.all(side[:, 0] * after[:, 1] - side[:, 1] * after[:, 0] > -1e-12)  # convex
        middle = r.corners.mean(axis=0)[None]
        s = deep.stages(middle, phi, relu)
        np.testing.assert_array_equal(r.on, np.hstack([f[0] > 0 for f in s.f[:-1]]))
        np.testing.assert_allclose(r.slope @ middle[0] + r.offset, s.y[0], atol=1e-10)
        y = deep.forward(r.corners, phi, relu)  # the maps of neighbours agree at corners
        np.testing.assert_allclose(r.corners @ r.slope.T + r.offset, y, atol=1e-9)
    grid = np.random.default_rng(0).uniform((-2, -1), (3, 2), (40_000, 2))
    seen = np.hstack([f > 0 for f in deep.stages(grid, phi, relu).f[:-1]])
    assert {row.tobytes() for row in np.unique(seen, axis=0)} <= {r.on.tobytes() for r in found}


def test_a_large_box_holds_all_regions_of_the_plane():
    for seed in range(5):
        phi = random_phi(2, 6, 5, 1, seed=seed)
        assert len(regions_2d(phi, (-1e5, 1e5, -1e5, 1e5))) == count_regions(phi)


def test_a_network_without_hidden_layer_has_one_region():
    assert count_regions(random_phi(1, 3)) == count_regions(random_phi(2, 1)) == 1
    (region,) = regions_2d(random_phi(2, 1))
    assert area(region.corners) == pytest.approx(4)
    assert len(preimages(pieces_1d(random_phi(1, 1)), 0.7)) == 1


BAD = {
    "three inputs": (lambda: count_regions(random_phi(3, 2, 1)), "between 1 and 2; got 3"),
    "pieces": (lambda: pieces_1d(random_phi(2, 2, 1)), r"\(D, 1\); got \(2, 2\)"),
    "polygons": (lambda: regions_2d(random_phi(1, 2, 1)), r"\(D, 2\); got \(2, 1\)"),
    "empty box": (lambda: regions_2d(random_phi(2, 2, 1), (0, 0, 0, 1)), r"got \(0, 0, 0, 1\)"),
    "two outputs": (lambda: preimages(pieces_1d(random_phi(1, 2, 2)), 0), r"\(R, 1\)"),
    "narrow": (lambda: regions.deep_lower_bound(2, [6, 5]), "at least 6; got 5"),
    "no unit": (lambda: regions.deep_upper_bound(2, [6, 0]), "at least 1; got 0"),
    "negative": (lambda: zaslavsky(-1, 2), "hidden must be at least 0; got -1"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_said(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()
