"""What several test files need."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

FIXTURES = Path(__file__).parent / "fixtures"

# A slow machine is no wrong answer. In CI the same examples are drawn each time, so that a red run means a change; at
# a developer's desk new ones are, and more of them, which is how the odd cases are found.
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("desk"), derandomize=True, print_blob=True, max_examples=50)
settings.load_profile("ci" if os.environ.get("CI") or os.environ.get("NOT_RUN_IS_FAILURE") else "desk")


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
