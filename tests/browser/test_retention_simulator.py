"""The retention simulator in real JupyterLab: moved by keyboard, by its fields and presets, and looked at."""

from __future__ import annotations

import nbformat
import pytest

from tests.browser.test_simulator import Screen, right

pytestmark = pytest.mark.browser

CODE = "from funnel_utils.simulators import RetentionSimulator\nRetentionSimulator()"


@pytest.fixture
def screen(open_notebook, run_all, page, notebooks):
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cell = nbformat.v4.new_code_cell(CODE)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), notebooks / "retention.ipynb")
    open_notebook("retention.ipynb")
    run_all()
    return Screen(page)


def test_the_entry_offer_is_given_away_and_the_money_does_not_come_back(screen, page, shots):
    screen.says("the money is back in month 7")
    page.screenshot(path=shots / "retention-1280.png")
    first = screen.source()

    # By keyboard: the entry offer as low as it goes.
    screen.slider("Entry offer leaves").focus()
    page.keyboard.press("Home")
    screen.says("the money is not back after 24 months")
    assert screen.source() != first
    page.screenshot(path=shots / "retention-lost.png")

    # By the field: for longer.
    field = screen.notebook.get_by_role("spinbutton", name="Months looked at")
    field.fill("48")
    field.press("Enter")
    screen.says("After 48 months")

    page.get_by_role("button", name="Paid search").click()
    screen.says("the money is back in month 2")
    page.screenshot(path=shots / "retention-search.png")
    page.get_by_role("button", name="Reset").click()
    screen.says("the money is back in month 7")
    assert screen.source() == first

    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    for width in (820, 400):
        page.set_viewport_size({"width": width, "height": 1100})
        page.wait_for_timeout(800)
        page.screenshot(path=shots / f"retention-{width}.png")
        output = screen.notebook.locator(".jp-OutputArea-output").first.bounding_box()
        assert right(screen.picture.bounding_box()) <= right(output) + 1
        for control in screen.notebook.get_by_role("spinbutton").all():
            assert right(control.bounding_box()) <= right(output) + 1
    assert page.errors == []
    assert page.offsite == []
