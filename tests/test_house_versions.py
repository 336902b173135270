"""One truth about versions: `pyproject.toml`. The lock, conda's file and the pins with a reason all follow it."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()
# conda-forge's name for a package that is called otherwise there.
CONDA_NAMES = {"duckdb": "python-duckdb", "ibis-framework": "ibis-duckdb"}


def required(*extras):
    lines = PROJECT["dependencies"] + [line for extra in extras for line in PROJECT["optional-dependencies"][extra]]
    return {canonicalize_name(one.name): one.specifier for one in map(Requirement, lines)}


def locked():
    """Every (name, version) in the lock; a name may stand there once for each range of Pythons."""
    entries = re.findall(r"^([a-z0-9][\w.-]*)==(\S+)", LOCK, flags=re.MULTILINE)
    return [(canonicalize_name(name), number) for name, number in entries]


def conda():
    """What environment.yml asks for, conda's packages and pip's."""
    asked = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    flat = [line for line in asked if isinstance(line, str)]
    by_pip = next(line["pip"] for line in asked if isinstance(line, dict))
    found = [Requirement(line) for line in [*flat, *(line for line in by_pip if not line.startswith("-"))]]
    return {canonicalize_name(one.name): one.specifier for one in found}


def test_the_lock_names_no_place_to_fetch_from():
    assert "://" not in LOCK
    assert not re.search(r"^\s*-(?!-hash)", LOCK, flags=re.MULTILINE), "an option other than --hash"
    assert " @ " not in LOCK
    assert str(ROOT) not in LOCK


def test_every_locked_version_has_a_hash():
    entries = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) == len(locked())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_holds_what_the_project_requires_within_its_bounds():
    required_here = required("course", "dev")
    required_here |= {name: SpecifierSet() for name in ("pip", "setuptools", "uv", "wheel")}
    names = {name for name, _ in locked()}
    assert set(required_here) <= names
    outside = [(name, number) for name, number in locked() if number not in required_here.get(name, SpecifierSet())]
    # A version kept for Pythons beyond the supported ones may lie anywhere; those in use may not.
    assert outside == []


def test_one_version_of_a_package_serves_every_supported_python():
    """Notebooks are executed once and must say the same on 3.11, 3.12 and 3.13."""
    for name in ("duckdb", "ibis-framework", "numba", "numpy", "pandas", "pyarrow", "scipy", "statsmodels"):
        lines = re.findall(rf"^{name}==\S+(.*?)\\?$", LOCK, flags=re.MULTILINE)
        for_supported = [line for line in lines if not re.search(r"python_full_version >= '3\.1[4-9]", line)]
        assert len(for_supported) == 1, name


def test_this_environment_is_the_locked_one():
    numbers = {}
    for name, number in locked():
        numbers.setdefault(name, set()).add(number)
    found = {name: version(name) for name in required("course", "dev")}
    assert {name: number for name, number in found.items() if number not in numbers[name]} == {}


def test_conda_gets_the_same_names_and_bounds():
    expected = {CONDA_NAMES.get(name, name): bounds for name, bounds in required("course").items()}
    expected["python"] = SpecifierSet(PROJECT["requires-python"])
    expected |= {"pip": SpecifierSet(), "setuptools": SpecifierSet(">=77")}
    assert conda() == expected


@pytest.mark.parametrize(("name", "first_bad"), [("duckdb", "2.0"), ("sqlglot", "30.18.0")])
def test_the_pins_that_ibis_12_needs_are_there_while_ibis_is_12(name, first_bad):
    """With another ibis the reason may be gone: run `python -m tools.canary`, which says so, and change this test."""
    assert version("ibis-framework").startswith("12."), "ibis moved on: run python -m tools.canary on the pins"
    assert first_bad not in required()[name]
