"""The journey and score simulators in real JupyterLab: moved by keyboard, by typing and by the list, and looked at."""

from __future__ import annotations

import nbformat
import pytest

from tests.browser.test_simulator import Screen, right

pytestmark = pytest.mark.browser

CODE = {
    "journey": "from funnel_utils.simulators import JourneySimulator\nJourneySimulator()",
    "score": "from funnel_utils.simulators import ScoreSimulator\nScoreSimulator()",
}


@pytest.fixture(scope="module", autouse=True)
def written(notebooks):
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    for name, code in CODE.items():
        cell = nbformat.v4.new_code_cell(code)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), notebooks / f"{name}.ipynb")


@pytest.fixture
def screen(open_notebook, run_all, page, request):
    open_notebook(f"{request.param}.ipynb")
    run_all()
    return Screen(page)


@pytest.mark.parametrize("screen", ["journey"], indirect=True)
def test_spend_is_moved_and_a_channel_taken_away(screen, page, shots):
    screen.says("2,849 of 20,000 people buy")
    page.screenshot(path=shots / "journey-1280.png")
    first = screen.source()

    # By keyboard: 80 steps of 15 million toman to nothing.
    screen.slider("display").focus()
    page.keyboard.press("Home")
    screen.says("2,197 of 20,000 people buy")
    assert screen.source() != first
    assert screen.field("display").input_value() == "0"

    page.get_by_role("combobox", name="Take away").select_option("social")
    screen.says("without social")
    page.screenshot(path=shots / "journey-removed.png")
    page.get_by_role("button", name="Reset").click()
    screen.says("2,849 of 20,000 people buy")
    assert screen.source() == first

    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    for width in (820, 400):
        page.set_viewport_size({"width": width, "height": 1100})
        page.wait_for_timeout(800)
        output = screen.notebook.locator(".jp-OutputArea-output").first.bounding_box()
        assert right(screen.picture.bounding_box()) <= right(output) + 1
        for field in screen.notebook.get_by_role("spinbutton").all():
            assert right(field.bounding_box()) <= right(output) + 1
        page.screenshot(path=shots / f"journey-{width}.png")
    assert page.errors == []
    assert page.offsite == []


@pytest.mark.parametrize("screen", ["score"], indirect=True)
def test_points_are_typed_and_the_half_life_moved(screen, page, shots):
    screen.says("likely buyers")
    page.screenshot(path=shots / "score-1280.png")
    before = screen.status.inner_text()
    screen.field("add_to_cart").fill("3.3")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "before => document.querySelector('.jp-Notebook [role=status]').innerText !== before", arg=before
    )
    assert screen.field("add_to_cart").input_value() == "3.3"
    moved = screen.status.inner_text()
    screen.slider("Half-life, days").focus()
    page.keyboard.press("Home")
    page.wait_for_function(
        "before => document.querySelector('.jp-Notebook [role=status]').innerText !== before", arg=moved
    )
    assert screen.picture.get_attribute("alt") == screen.status.inner_text()
    page.screenshot(path=shots / "score-moved.png")
    assert page.errors == []
