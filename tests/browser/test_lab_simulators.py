"""The experiments' seven simulators and that of messages in real JupyterLab: moved, looked at wide and narrow."""

from __future__ import annotations

import nbformat
import pytest

from tests.browser.test_simulator import PATIENCE, right

pytestmark = pytest.mark.browser

KINDS = ("Peeking", "Power", "Coverage", "Split", "Cuped", "Interaction", "Curse", "Automation")
#: A slider of each, and what its sentence begins with at the start.
MOVED = {
    "Peeking": ("Looks", "Without any difference, 20 looks"),
    "Power": ("Planned lift, %", "Where 10.0% buy, 2,000 people an arm"),
    "Coverage": ("People", "With 200 people of whom 2% buy, Wald"),
    "Split": ("Lost, %", "Of 20,000 people 10,000 are counted"),
    "Cuped": ("Correlation with spend now", "The true difference is +3.0"),
    "Interaction": ("Delivery date alone, points", "The date adds +2.5 points"),
    "Curse": ("Spread of true lifts, %", "With 4,000 people an arm an idea wins"),
    "Automation": ("Sleeping dogs, %", "Of 2,407 people with messages"),
}


@pytest.fixture
def notebook(open_notebook, run_all, page, notebooks):
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [nbformat.v4.new_code_cell("from funnel_utils.simulators import *")]
    cells += [nbformat.v4.new_code_cell(f"{kind}Simulator()") for kind in KINDS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), notebooks / "lab.ipynb")
    # All cells have to be there at once, also those below the fold.
    page.set_viewport_size({"width": 1280, "height": 900})
    open_notebook("lab.ipynb")
    run_all()
    return page.locator(".jp-Notebook")


class Cell:
    """One simulator of the notebook."""

    def __init__(self, page, notebook, kind):
        self.page = page
        self.cell = notebook.locator(".jp-CodeCell", has_text=f"{kind}Simulator()").first
        self.cell.scroll_into_view_if_needed(timeout=PATIENCE)
        self.status = self.cell.get_by_role("status")
        self.picture = self.cell.locator("img[src^='data:image/png']").first
        self.picture.wait_for(timeout=90_000)

    def says(self, text):
        """Wait until the sentence begins with or holds `text`; the picture's alternative text says the same."""
        self.status.filter(has_text=text).wait_for(timeout=PATIENCE)
        assert text in self.picture.get_attribute("alt")

    def says_something_else_than(self, sentence):
        self._wait(lambda: self.status.inner_text() != sentence, f"the sentence stayed: {sentence}")

    def shows(self, source):
        """Wait for a picture: it comes in another message than the sentence."""
        self._wait(lambda: self.picture.get_attribute("src") == source, "the picture is another one")

    def _wait(self, until, otherwise):
        for _ in range(PATIENCE // 200):
            if until():
                return
            self.page.wait_for_timeout(200)
        raise AssertionError(otherwise)

    def slider(self, label):
        row = self.cell.locator(".widget-hbox", has=self.page.locator(f".widget-slider label:text-is('{label}')"))
        return row.last.locator(".noUi-handle")


def test_each_simulator_moves_by_keyboard_and_preset_and_fits_wide_and_narrow(notebook, page, shots):
    for kind, (label, begins) in MOVED.items():
        cell = Cell(page, notebook, kind)
        cell.says(begins)
        first = cell.picture.get_attribute("src")
        cell.picture.scroll_into_view_if_needed()
        page.screenshot(path=shots / f"lab-{kind.lower()}-1280.png")
        sentence = cell.status.inner_text()
        cell.slider(label).focus()
        page.keyboard.press("PageUp")
        cell.says_something_else_than(sentence)
        moved = cell.status.inner_text()
        cell.cell.get_by_role("button").filter(has_not_text="Reset").first.click()
        cell.says_something_else_than(moved)
        cell.cell.get_by_role("button", name="Reset").click()
        cell.says(begins)
        cell.shows(first)

    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    page.set_viewport_size({"width": 400, "height": 1100})
    page.wait_for_timeout(800)
    for kind in KINDS:
        cell = Cell(page, notebook, kind)
        cell.picture.scroll_into_view_if_needed()
        page.screenshot(path=shots / f"lab-{kind.lower()}-400.png")
        output = cell.cell.locator(".jp-OutputArea-output").first.bounding_box()
        assert cell.picture.bounding_box()["width"] > 250
        assert right(cell.picture.bounding_box()) <= right(output) + 1
        for field in cell.cell.get_by_role("spinbutton").all():
            assert right(field.bounding_box()) <= right(output) + 1
    assert page.errors == []
    assert page.offsite == []
