"""What a user installs is what the folders hold: a forgotten sub-package is missing there alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
OUTSIDE = ("tests", "build", "deploy", "docs", "examples")
DATA = {".js", ".toml", ".txt", ".html", ".css", ".md"}


def tracked() -> list[PurePosixPath]:
    """Every file git knows or would add; without git (a source archive) there is no saying."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = (name for name in listed.stdout.decode().split("\0") if name)
    return [PurePosixPath(name) for name in names if (ROOT / name).is_file()]


def rooms() -> set[PurePosixPath]:
    """The tracked files that belong into the wheel."""
    inside = (path for path in tracked() if path.parts[0] not in OUTSIDE)
    return {path for path in inside if len(path.parts) > 1 and not path.parts[0].startswith(".")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[PurePosixPath]:
    """The files of a wheel built, without a network, from a copy: builds leave things behind."""
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for path in tracked():
        if path.parts[0] not in OUTSIDE:
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, copy / path)
    build = f"from setuptools.build_meta import build_wheel; build_wheel({str(out)!r})"
    built = subprocess.run(
        (sys.executable, "-c", build), cwd=copy, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr[-2000:]
    with zipfile.ZipFile(next(out.glob("*.whl"))) as archive:
        return [PurePosixPath(name) for name in archive.namelist() if not name.endswith("/")]


def in_package(wheel: list[PurePosixPath]) -> set[PurePosixPath]:
    return {PurePosixPath(*path.parts[1:]) for path in wheel if path.parts[0] == "abos"}


def test_the_wheel_has_every_module(wheel: list[PurePosixPath]) -> None:
    modules = {path for path in rooms() if path.suffix == ".py"} | {PurePosixPath("__init__.py")}
    assert {path for path in in_package(wheel) if path.suffix == ".py"} == modules


def test_the_wheel_has_every_data_file(wheel: list[PurePosixPath]) -> None:
    data = {path for path in rooms() if path.suffix in DATA}
    assert data - in_package(wheel) == set()
    assert PurePosixPath("py.typed") in in_package(wheel)


def test_the_wheel_has_nothing_else(wheel: list[PurePosixPath]) -> None:
    tops = {path.parts[0] for path in wheel if not path.parts[0].endswith(".dist-info")}
    assert tops == {"abos"}
    known = rooms() | {PurePosixPath("__init__.py"), PurePosixPath("py.typed")}
    assert in_package(wheel) - known == set()


def test_the_package_list_names_the_folders() -> None:
    folders = {path.parent for path in rooms() if path.name == "__init__.py"}
    expected = {"abos"} | {".".join(("abos", *folder.parts)) for folder in folders}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["tool"]["setuptools"]["packages"]) == expected


def test_every_folder_with_modules_is_a_package() -> None:
    modules = {path for path in rooms() if path.suffix == ".py"}
    bare = {str(path.parent) for path in modules if path.parent / "__init__.py" not in modules}
    assert bare == set()


def test_no_module_lies_at_the_root() -> None:
    loose = {path.name for path in tracked() if len(path.parts) == 1 and path.suffix == ".py"}
    assert loose == {"__init__.py"}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-local.txt"])
def test_requirements_are_hashed_and_name_no_place(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    joined = re.sub(r"\\\n\s*", " ", text)
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    assert len(lines) > 4
    pinned = re.compile(r"^[a-z0-9][a-z0-9._-]*==\S+( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+$")
    assert [line for line in lines if not pinned.match(line)] == []


def test_both_locks_agree() -> None:
    def pins(name: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for line in (ROOT / name).read_text().splitlines():
            if match := re.match(r"([a-z0-9._-]+)==(\S+)", line):
                found.setdefault(match[1], set()).add(match[2])
        return found

    base, local = pins("requirements.txt"), pins("requirements-local.txt")
    assert {
        name: local[name] for name in base.keys() & local.keys() if local[name] != base[name]
    } == {}


# Put together here, so that this file does not hold what it forbids.
FORBIDDEN = {
    "a package index": ("pypi" + ".org", "python" + "hosted", "npm" + "js", "registry." + "npm"),
    "a folder of one machine": ("/wo" + "rk/", "/ro" + "ot/", "/tmp/" + "w/", "/opt/" + "pypi"),
}


def test_no_file_names_an_index_or_a_private_folder() -> None:
    found = []
    for path in tracked():
        content = (ROOT / path).read_bytes()
        if b"\0" in content[:8192]:
            continue
        text = content.decode(errors="replace")
        for what, words in FORBIDDEN.items():
            found += [f"{path}: {what} ({word})" for word in words if word in text]
    assert found == []
