"""What several test files need."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def built_course(tmp_path_factory):
    """The sample course of `fixtures/course`, built once: copy it before you change it."""
    from tools import build

    course = tmp_path_factory.mktemp("built") / "course"
    shutil.copytree(FIXTURES / "course", course)
    for source in sorted((course / "lessons").glob("*.md")):
        for target in build.targets(source):
            build.build(target)
    return course
