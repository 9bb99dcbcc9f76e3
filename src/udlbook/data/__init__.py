"""Data sets, made or bundled, as NumPy arrays.

``mnist1d`` is a small, hard relative of MNIST that one can generate; ``regression`` holds one
curve whose noise, and therefore whose best possible error, is known; ``toy`` holds two models
with two parameters, and their training sets; ``planar`` draws classes that one can see, and
densities with known modes; ``digits`` are real, drawn by hand;
``strings``, ``dates`` and ``language`` make token sequences to transform and to translate;
``grammar`` writes text whose entropy is known; ``corpus`` writes text whose words have known
features.
"""

from .corpus import JOBS, corpus_ids, corpus_questions, corpus_words, draw_corpus
from .dates import DATE_LETTERS, DATE_STYLES, date_task, date_text, date_texts
from .digits import Digits, digits
from .grammar import Grammar, small_talk
from .language import (
    Sentences,
    draw_sentences,
    in_english,
    in_lunic,
    language_pairs,
    language_vocabulary,
    words,
)
from .mnist1d import MNIST1D, MNIST1DConfig, make_mnist1d, mnist1d_stages, mnist1d_templates
from .planar import RoundNormals, grid25, ring, two_moons
from .regression import cosine_features, damped_wave, noisy_wave
from .sequences import adding_problem
from .strings import BOS, EOS, FIRST, PAD, string_task
from .toy import GaborModel, LineModel, gabor_points, line_points
from .trees import TRUTH_TOKENS, TruthTrees, truth_trees

__all__ = [
    "TRUTH_TOKENS",
    "TruthTrees",
    "adding_problem",
    "truth_trees",
    "DATE_LETTERS",
    "DATE_STYLES",
    "Digits",
    "BOS",
    "EOS",
    "FIRST",
    "GaborModel",
    "Grammar",
    "JOBS",
    "LineModel",
    "MNIST1D",
    "MNIST1DConfig",
    "PAD",
    "RoundNormals",
    "Sentences",
    "corpus_ids",
    "corpus_questions",
    "corpus_words",
    "cosine_features",
    "damped_wave",
    "date_task",
    "date_text",
    "date_texts",
    "digits",
    "draw_corpus",
    "draw_sentences",
    "gabor_points",
    "grid25",
    "in_english",
    "in_lunic",
    "language_pairs",
    "language_vocabulary",
    "line_points",
    "make_mnist1d",
    "mnist1d_stages",
    "mnist1d_templates",
    "noisy_wave",
    "ring",
    "small_talk",
    "string_task",
    "two_moons",
    "words",
]
