"""JupyterLab and Chromium for the browser tests: real ones, on this machine only.

The server reads none of the person's own settings, and the browser can reach nothing but it: a request elsewhere fails
and is listed in `page.offsite`. The server keeps its token, as a learner's does. Screenshots go to `shots` beside this
file (not in git), or to the folder that `BROWSER_SHOTS` names.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from funnel_utils.course.doctor import INSTALL_BROWSER, find_browser

TOKEN = secrets.token_hex(16)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
STARTED_WITHIN = 120
#: The news pop-up would lie over the notebook.
QUIET = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}


@pytest.fixture(scope="session")
def chromium():
    """The path of the browser."""
    path = find_browser()
    if path is None:
        pytest.fail(f"Chromium is missing; install it with: {INSTALL_BROWSER}")
    return path


@pytest.fixture(scope="session")
def notebooks(tmp_path_factory):
    """The folder that JupyterLab shows: put notebooks there."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="session")
def lab(notebooks, tmp_path_factory):
    """The address of a JupyterLab that serves `notebooks`."""
    home = tmp_path_factory.mktemp("jupyter")
    settings = home / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(QUIET))
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {
        "JUPYTER_CONFIG_DIR": str(home),
        "JUPYTER_DATA_DIR": str(home),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    port = _free_port()
    command = [sys.executable, "-m", "jupyterlab", "--allow-root", "--no-browser", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    command += [f"--ServerApp.root_dir={notebooks}", "--expose-app-in-browser"]
    with open(home / "lab.log", "w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        _wait(f"http://127.0.0.1:{port}/api", server, home / "lab.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="session")
def browser(chromium):
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def page(browser):
    """A page, 1280 x 900. `page.offsite` lists requests to elsewhere, `page.errors` uncaught errors."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.offsite, opened.errors = [], []
    here = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:", "about:")
    opened.on("request", lambda request: None if request.url.startswith(here) else opened.offsite.append(request.url))
    opened.on("pageerror", lambda error: opened.errors.append(str(error)))
    yield opened
    context.close()


@pytest.fixture(scope="session")
def shots():
    """Where screenshots go."""
    folder = Path(os.environ.get("BROWSER_SHOTS") or Path(__file__).parent / "shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def open_notebook(page, lab):
    """Open a notebook of the folder in JupyterLab, and wait until its kernel is really there."""

    def opened(name):
        page.goto(f"{lab}/lab/tree/{name}?reset&token={TOKEN}")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=STARTED_WITHIN * 1000)
        # The toolbar says "idle" while the kernel is still starting; running a cell then asks for a kernel. The status
        # bar is truthful.
        bar = page.locator("#jp-bottom-panel, #jp-main-statusbar")
        bar.get_by_text("| Idle").wait_for(timeout=STARTED_WITHIN * 1000)
        return page

    return opened


@pytest.fixture
def run_all(page):
    """Run all cells of the open notebook."""

    def ran():
        assert page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')") is not False

    return ran


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(url, server, log):
    end = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"JupyterLab ended with code {server.returncode}:\n{log.read_text()[-3000:]}")
        try:
            urllib.request.urlopen(url, timeout=2)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"JupyterLab did not answer within {STARTED_WITHIN} s:\n{log.read_text()[-3000:]}")
