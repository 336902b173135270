"""`python -m funnel_utils.cli` is the command `funnel`."""

from __future__ import annotations

from funnel_utils.cli import main

main()
