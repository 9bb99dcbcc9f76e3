"""udlbook: the deep learning that the book teaches.

``import udlbook`` loads the standard library and nothing else; a topic loads when it is first
used. Pages import the topics they use by name (``from udlbook.autodiff import Tensor``), because
the press reads a page's imports to know when the page must run again.
"""

import importlib

__version__ = "0.1.0"

__all__ = [
    "autoencoders",
    "autodiff",
    "budget",
    "claims",
    "classical",
    "data",
    "exercises",
    "gans",
    "graphs",
    "initialization",
    "layers",
    "losses",
    "measures",
    "networks",
    "optim",
    "plot",
    "probability",
    "regularizers",
    "seeding",
    "sequence",
    "training",
    "transformers",
    "vision",
]


def __getattr__(name: str):
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
