"""Where the browser is that the browser tests drive, and how to get one."""

from __future__ import annotations

import os
import shutil
import sys

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
HOW_TO_INSTALL = "brew install --cask chromium" if sys.platform == "darwin" else "sudo apt-get install --yes chromium"


def find_chromium() -> str | None:
    """The path of a Chromium or Chrome: `CHROMIUM` in the environment, then the PATH, then macOS's applications."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    found = (shutil.which(name) for name in (*_NAMES, *_MAC))
    return next((path for path in found if path), None)
