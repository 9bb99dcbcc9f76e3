"""Chapters take their outputs from the store."""

import html
from pathlib import Path

import myst_nb.sphinx_
import nbformat
from myst_nb.core.execute import NotebookClientBase
from sphinx.application import Sphinx

from ..project import CLAIM, PressError


class StoredClient(NotebookClientBase):
    """A notebook client that executes nothing: it fills in what the press has run."""

    def start_client(self) -> None:
        """Put the stored outputs into the notebook's cells.

        Raises:
            PressError: If the renderer reads other cells than the press has run.
        """
        stored = self._kwargs["stored"]
        cells = [c for c in self.notebook.cells if c.cell_type == "code"]
        if [c.source.strip() for c in cells] != [c["source"].strip() for c in stored]:
            raise PressError(
                f"{self.path}: the renderer finds {len(cells)} code cells and the press ran "
                f"{len(stored)}, or their texts differ. A code cell must stand at the top level "
                "of the page, outside other fences."
            )
        self.notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
        for number, (cell, run) in enumerate(zip(cells, stored, strict=True), 1):
            cell.execution_count = number
            cell.outputs = [nbformat.from_dict(_shown(o)) for o in run["outputs"]]


def _shown(output: dict) -> dict:
    """An output as the page shows it: a claim becomes a line of its own."""
    data = output.get("data", {})
    if CLAIM not in data:
        return output
    claim = data[CLAIM]
    line = (
        f'<p class="udl-claim-line"><code>{html.escape(claim["name"])}</code> '
        f"<strong>{html.escape(claim['text'])}</strong> "
        f"<span>{html.escape(data['text/plain'].partition(', ')[2])}</span></p>"
    )
    return {**output, "data": {"text/html": line, "text/plain": data["text/plain"]}}


def _forget_sheet(app: Sphinx) -> None:
    """MyST-NB writes its style sheet last; a later build finds it, and would link it otherwise."""
    for sheet in Path(app.outdir, "_static").glob("mystnb.*.css"):
        sheet.unlink()


def setup(app: Sphinx) -> None:
    """Give MyST-NB the stored client in place of its executing ones."""
    from . import note_use

    def create_client(notebook, source, nb_config, logger, read_fmt=None):
        name = app.env.docname
        entry = app.udlbook.entries.get(name)
        if entry is None:  # a page of prose
            return NotebookClientBase(notebook, None, nb_config, logger)
        note_use(app, name, "run", name)
        return StoredClient(notebook, source, nb_config, logger, stored=entry.cells)

    myst_nb.sphinx_.create_client = create_client
    app.connect("builder-inited", _forget_sheet)
