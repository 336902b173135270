"""The simulators in real JupyterLab: move them by keyboard, mouse and typing, and see picture and sentence change."""

import re
import time

import nbformat
import pytest

pytestmark = pytest.mark.browser

CODE = """\
from funnel_utils.simulators import FunnelSimulator
FunnelSimulator()"""
#: What a person notices as a delay, in milliseconds, with room for a loaded machine.
PATIENCE = 30_000


@pytest.fixture(scope="module", autouse=True)
def written(notebooks):
    for name, code in (("simulator", CODE), ("hunt", CODE.replace("Simulator()", "Simulator.mystery(3)"))):
        cell = nbformat.v4.new_code_cell(code)
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), notebooks / f"{name}.ipynb")


def right(box):
    return box["x"] + box["width"]


class Screen:
    """What a person sees of the simulator."""

    def __init__(self, page):
        self.page = page
        self.notebook = page.locator(".jp-Notebook")
        self.picture = self.notebook.locator(".jp-OutputArea-output img[src^='data:image/png']").first
        self.status = self.notebook.get_by_role("status").first
        self.picture.wait_for(timeout=90_000)

    def says(self, text):
        """Wait until the sentence holds `text`; the picture's alternative text says the same."""
        self.page.wait_for_function(
            "text => document.querySelector('.jp-Notebook [role=status]')?.innerText.includes(text)",
            arg=text,
            timeout=PATIENCE,
        )
        assert text in self.picture.get_attribute("alt")

    def source(self):
        return self.picture.get_attribute("src")

    def slider(self, label):
        row = self.notebook.locator(".widget-hbox", has=self.page.locator(f".widget-slider label:text-is('{label}')"))
        return row.last.locator(".noUi-handle")

    def field(self, label):
        return self.notebook.get_by_role("spinbutton", name=label, exact=True)


@pytest.fixture
def screen(open_notebook, run_all, page):
    open_notebook("simulator.ipynb")
    run_all()
    return Screen(page)


def test_keyboard_mouse_typing_and_reset(screen, page, shots):
    screen.says("280 of 4,000 visitors reach purchase (7.0%)")
    page.screenshot(path=shots / "simulator-1280.png")
    first = screen.source()

    # By keyboard: five steps of half a point, 17.5% to 20%.
    screen.slider("Go on to evaluation, %").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    screen.says("320 of 4,000 visitors reach purchase (8.0%)")
    assert screen.source() != first
    assert screen.field("Go on to evaluation, %").input_value() == "20"

    # With the mouse.
    handle = screen.slider("Visitors")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y, steps=5)
    page.mouse.up()
    page.wait_for_function(
        "() => !document.querySelector('.jp-Notebook [role=status]').innerText.includes('of 4,000')", timeout=PATIENCE
    )
    visitors = float(screen.field("Visitors").input_value())
    assert visitors > 4000
    screen.says(f"of {visitors:,.0f} visitors")

    # By typing.
    screen.field("Go on to purchase, %").fill("55.53")
    page.keyboard.press("Enter")
    screen.says(f"of {visitors:,.0f} visitors reach purchase (11.1%)")
    # The slider's own steps are coarser; it must not round what was typed.
    page.wait_for_timeout(500)
    assert screen.field("Go on to purchase, %").input_value() == "55.53"
    page.screenshot(path=shots / "simulator-moved.png")

    page.get_by_role("button", name="Reset").click()
    screen.says("280 of 4,000 visitors reach purchase (7.0%)")
    assert screen.source() == first
    assert page.errors == []
    assert page.offsite == []


def test_every_field_has_a_name_and_every_picture_an_alternative(screen):
    fields = screen.notebook.get_by_role("spinbutton")
    names = ["Visitors", "Go on to evaluation, %", "Go on to purchase, %", "Follow-up reaches, %", "…of whom return, %"]
    assert fields.count() == 8
    for name in names:
        assert screen.field(name).count() == 1
    assert screen.picture.get_attribute("alt").startswith("280 of 4,000")


@pytest.mark.parametrize("width", [1280, 820, 400])
def test_on_a_narrow_screen_nothing_is_cut_off(screen, page, shots, width):
    page.set_viewport_size({"width": width, "height": 1100})
    if width < 1000:
        page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    page.wait_for_timeout(1000)
    page.screenshot(path=shots / f"simulator-{width}.png")
    output = screen.notebook.locator(".jp-OutputArea-output").first.bounding_box()
    picture = screen.picture.bounding_box()
    assert picture["width"] > 250
    assert right(picture) <= right(output) + 1
    for field in screen.notebook.get_by_role("spinbutton").all():
        box = field.bounding_box()
        assert right(box) <= right(output) + 1
        assert right(box) <= picture["x"] or picture["y"] + picture["height"] <= box["y"]


def test_from_slider_to_picture_in_good_time(screen, page):
    """The way through kernel and browser; the figure alone is timed in the benchmarks."""
    screen.slider("Go on to purchase, %").focus()
    taken = []
    for _ in range(8):
        before, started = screen.source(), time.perf_counter()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "before => document.querySelector(\".jp-Notebook img[src^='data:image/png']\").src !== before",
            arg=before,
            timeout=PATIENCE,
        )
        taken.append((time.perf_counter() - started) * 1000)
    print(f"slider to picture, ms: {[round(ms) for ms in taken]}")
    assert sorted(taken)[len(taken) // 2] < 1500


def test_the_hunt_is_played_by_mouse(open_notebook, run_all, page, shots):
    open_notebook("hunt.ipynb")
    run_all()
    screen = Screen(page)
    screen.says("repairs left: 3")
    page.screenshot(path=shots / "hunt-start.png")
    repair = page.get_by_role("button", name=re.compile("Repair: product page"))
    for left in (2, 1):
        repair.click()
        screen.says(f"repairs left: {left}")
    repair.click()
    screen.says("the leak is the step to cart")
    assert repair.is_disabled()
    page.screenshot(path=shots / "hunt-done.png")
    assert page.errors == []
