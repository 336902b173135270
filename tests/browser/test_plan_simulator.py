"""The plan simulator in real JupyterLab: moved by keyboard, by its buttons, lists and ticks, and looked at."""

from __future__ import annotations

import nbformat
import pytest

from tests.browser.test_simulator import PATIENCE, Screen, right

pytestmark = pytest.mark.browser

CODE = "from funnel_utils.simulators import PlanSimulator\nPlanSimulator()"


@pytest.fixture
def screen(open_notebook, run_all, page, notebooks):
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cell = nbformat.v4.new_code_cell(CODE)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), notebooks / "plan.ipynb")
    open_notebook("plan.ipynb")
    run_all()
    return Screen(page)


def test_money_is_moved_split_and_made_just_enough_and_lights_turn_on(screen, page, shots):
    screen.says("378 million toman are expected to bring")
    page.screenshot(path=shots / "plan-1280.png")
    first = screen.source()

    # By keyboard: display to nothing.
    screen.slider("display").focus()
    page.keyboard.press("Home")
    screen.says("283 million toman are expected to bring")
    assert screen.source() != first

    page.get_by_role("button", name="Split the same money best").click()
    screen.says("no other split of this money brings more")
    page.get_by_role("button", name="Least money for the goal").click()
    screen.says("342.2 million toman are expected to bring 650 sales")
    page.screenshot(path=shots / "plan-least.png")

    # Each thing that the goal says turns on a light.
    lit = screen.notebook.locator("li", has_text=": yes.")
    lit.first.wait_for(timeout=PATIENCE)
    before = lit.count()
    page.get_by_role("checkbox", name="It says by what it shall come about").check()
    page.get_by_role("combobox", name="Serves").select_option("profit")
    screen.says(f"{before + 2} of 7 lights are on")
    page.screenshot(path=shots / "plan-lights.png")

    page.get_by_role("button", name="Reset").click()
    screen.says("378 million toman are expected to bring")
    assert screen.source() == first

    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    for width in (820, 400):
        page.set_viewport_size({"width": width, "height": 1100})
        page.wait_for_timeout(800)
        page.screenshot(path=shots / f"plan-{width}.png")
        output = screen.notebook.locator(".jp-OutputArea-output").first.bounding_box()
        assert right(screen.picture.bounding_box()) <= right(output) + 1
        for field in screen.notebook.get_by_role("spinbutton").all():
            assert right(field.bounding_box()) <= right(output) + 1
    assert page.errors == []
    assert page.offsite == []
