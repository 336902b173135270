"""Draw the lessons' data again: `python -m funnel_utils.synthetic data/` writes them and prints their fingerprints."""

from __future__ import annotations

import sys
from pathlib import Path

from funnel_utils.synthetic.shipped import write_data

if __name__ == "__main__":
    for name, sha256 in write_data(Path(sys.argv[1] if len(sys.argv) > 1 else "data")).items():
        print(f"{sha256}  {name}")
