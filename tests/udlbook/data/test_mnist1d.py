"""Oracles: the authors' package ``mnist1d`` (scipy inside), hand-computed pads and shifts."""

import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udlbook.data import MNIST1DConfig, make_mnist1d, mnist1d_stages, mnist1d_templates

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package warns at import in some versions
    from mnist1d.data import get_dataset_args, get_templates, make_dataset

OURS_TO_THEIRS = {
    "num_samples": "num_samples",
    "train_split": "train_split",
    "scale": "scale_coeff",
    "max_translation": "max_translation",
    "corr_noise": "corr_noise_scale",
    "iid_noise": "iid_noise_scale",
    "shear": "shear_scale",
    "shuffle": "shuffle_seq",
    "length": "final_seq_length",
    "seed": "seed",
}


def reference(config):
    """The package's data set; its global random state is put back."""
    args = get_dataset_args()
    for ours, theirs in OURS_TO_THEIRS.items():
        setattr(args, theirs, getattr(config, ours))
    args.padding = list(config.padding)
    state = np.random.get_state()  # noqa: NPY002
    try:
        return make_dataset(args)
    finally:
        np.random.set_state(state)  # noqa: NPY002


def assert_same(config):
    ours, theirs = make_mnist1d(config), reference(config)
    for name in ("x", "x_test", "t"):
        got, want = getattr(ours, name), theirs[name]
        assert got.shape == want.shape
        assert got.size == 0 or np.abs(got - want).max() < 1e-12
    np.testing.assert_array_equal(ours.y, theirs["y"])
    np.testing.assert_array_equal(ours.y_test, theirs["y_test"])


def test_default_data_set_is_that_of_the_package():
    assert_same(MNIST1DConfig())


def test_default_arguments_are_those_of_the_package():
    args = get_dataset_args(as_dict=True)
    config = MNIST1DConfig()
    for ours, theirs in OURS_TO_THEIRS.items():
        assert getattr(config, ours) == args[theirs]
    assert list(config.padding) == args["padding"]


@settings(deadline=None, max_examples=40)
@given(
    config=st.builds(
        MNIST1DConfig,
        num_samples=st.integers(1, 7).map(lambda n: 10 * n),
        train_split=st.floats(0, 1),
        padding=st.tuples(st.integers(0, 70), st.integers(0, 70)).map(lambda p: tuple(sorted(p))),
        scale=st.floats(0, 2),
        max_translation=st.integers(1, 12),
        corr_noise=st.floats(0, 2),
        iid_noise=st.floats(0.01, 2),  # none is tested below; without it x can be constant
        shear=st.floats(0, 3),
        shuffle=st.booleans(),
        length=st.integers(2, 90),
        seed=st.integers(0, 2**32 - 1),
    )
)
def test_every_option_means_what_it_means_in_the_package(config):
    assert_same(config)


@pytest.mark.parametrize("off", ["scale", "corr_noise", "iid_noise", "shear"])
def test_a_distortion_switched_off_is_off_in_both(off):
    assert_same(replace(MNIST1DConfig(num_samples=50), **{off: 0}))


def test_a_constant_data_set_cannot_be_standardized():
    still = dict(padding=(0, 0), scale=0, max_translation=1, corr_noise=0, iid_noise=0, shear=0)
    with pytest.raises(ValueError, match="the samples must differ; got one number"):
        make_mnist1d(MNIST1DConfig(**still, length=2))


@pytest.mark.parametrize("shift", [1, 13, 48, 64, 72])
def test_shifts_use_the_random_stream_as_the_package_does(shift):
    assert_same(MNIST1DConfig(num_samples=40, max_translation=shift))


def test_more_samples_than_one_block_agree_too():
    assert_same(MNIST1DConfig(num_samples=1200, seed=3))


def test_templates_are_those_of_the_package():
    x, t = mnist1d_templates()
    np.testing.assert_allclose(x, get_templates()["x"], atol=1e-15)
    np.testing.assert_allclose(t, get_templates()["t"], atol=1e-15)


def test_stages_of_one_digit_without_any_distortion_are_the_template():
    plain = MNIST1DConfig(
        padding=(0, 0), scale=0, max_translation=1, corr_noise=0, iid_noise=0, shear=0, length=12
    )
    stages = mnist1d_stages([3], plain)
    for name, x in stages.items():
        np.testing.assert_allclose(x[0], mnist1d_templates()[0][3], atol=1e-7, err_msg=name)


def test_stages_change_what_their_names_say():
    stages = mnist1d_stages(np.arange(10), MNIST1DConfig(seed=1))
    assert list(stages) == ["stretched", "scaled", "shifted", "noisy", "tilted", "sampled"]
    ratio = stages["scaled"] / np.where(stages["stretched"] == 0, 1, stages["stretched"])
    signal = stages["stretched"] != 0
    assert np.ptp(np.where(signal, ratio, ratio[:, :1]), axis=1).max() < 1e-12
    np.testing.assert_array_equal(np.sort(stages["shifted"]), np.sort(stages["scaled"]))
    tilt = stages["noisy"] - stages["tilted"]
    assert np.abs(np.diff(tilt, n=2)).max() < 1e-12  # a straight line was subtracted
    assert np.abs(np.diff(tilt)).max() > 1e-4


def test_the_seed_decides_everything_and_the_global_state_nothing():
    np.random.seed(1)  # noqa: NPY002
    a = make_mnist1d(MNIST1DConfig(num_samples=20))
    np.random.seed(2)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    b = make_mnist1d(MNIST1DConfig(num_samples=20))
    np.testing.assert_array_equal(a.x, b.x)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    c = make_mnist1d(MNIST1DConfig(num_samples=20, seed=43))
    assert np.abs(a.x - c.x).max() > 0.1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("num_samples", 5, "num_samples must be a positive multiple of 10; got 5"),
        ("num_samples", 55, "num_samples must be a positive multiple of 10; got 55"),
        ("train_split", 1.5, "train_split must be between 0 and 1; got 1.5"),
        ("padding", (60, 36), "padding must be"),
        ("padding", (-1, 36), "padding must be"),
        ("max_translation", 0, "max_translation must be between 1 and 72; got 0"),
        ("max_translation", 73, "max_translation must be between 1 and 72; got 73"),
        ("corr_noise", -0.1, "corr_noise must be at least 0; got -0.1"),
        ("iid_noise", float("nan"), "iid_noise must be at least 0; got nan"),
        ("length", 1, "length must be at least 2; got 1"),
        ("seed", -1, "seed must be between 0 and 4294967295; got -1"),
    ],
)
def test_bad_options_are_named(field, value, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        replace(MNIST1DConfig(), **{field: value})


def test_labels_of_stages_must_be_digits():
    with pytest.raises(ValueError, match=r"labels must be a list of digits 0 to 9; got \[3, 10\]"):
        mnist1d_stages([3, 10])


def test_import_needs_neither_torch_nor_scipy_nor_matplotlib():
    code = (
        "import sys, udlbook.data\n"
        "print([m for m in ('torch', 'scipy', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
