"""How near a set of samples is to the data: measures for generative models, on NumPy alone.

No single number says that a generator is good. ``frechet`` compares two normals fitted to two
sets; ``neighbours`` asks of each point whether it lies among the points of the other set, and so
tells what is drawn wrongly from what is never drawn; ``modes`` counts where the truth is known;
``two_sample`` asks whether two sets could come from one distribution at all.
"""

from .frechet import frechet_distance, frechet_from_moments
from .modes import ModeReport, histogram_kl, modes_covered
from .neighbours import (
    density_coverage,
    nearest_neighbour_distance,
    precision_recall,
    squared_distances,
)
from .two_sample import TwoSampleTest, energy_distance, permutation_test, squared_mmd

__all__ = [
    "ModeReport",
    "TwoSampleTest",
    "density_coverage",
    "energy_distance",
    "frechet_distance",
    "frechet_from_moments",
    "histogram_kl",
    "modes_covered",
    "nearest_neighbour_distance",
    "permutation_test",
    "precision_recall",
    "squared_distances",
    "squared_mmd",
]
