"""What the figures were taken on: processor, memory and system, without a name or path of the machine."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def describe() -> str:
    """One line, such as `Intel Xeon, 2 processors, 25 GB of memory, Linux 6.1, Python 3.11.7`."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{_processor()}, {os.cpu_count()} processors, {memory:.0f} GB of memory, "
        f"{platform.system()} {platform.release().split('-')[0]}, Python {platform.python_version()}"
    )


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
