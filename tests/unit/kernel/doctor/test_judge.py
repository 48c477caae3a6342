"""From facts to checks: what counts as there, missing, or merely nice to have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from abos.kernel.doctor.check import Check, exit_code, to_mend
from abos.kernel.doctor.facts import (
    BrowserFacts,
    DriverFacts,
    Facts,
    ModelFacts,
    Room,
    SandboxLimit,
)
from abos.kernel.doctor.judge import judge

GB = 1_000_000_000
BROWSER = BrowserFacts("/lib/chromium-headless-shell", "system", True, "156.0.1.2")
WELL = Facts(
    python=(3, 11, 7),
    prefix="/venv",
    compiler="/usr/bin/c++",
    driver=DriverFacts("/driver/node"),
    browser=BROWSER,
    model=ModelFacts("/cache/model.gguf", 145_000_000, True, "0.3.36"),
    cache=Room("/cache", 9 * GB),
    temporary=Room("/tmp", 9 * GB),
    shared_memory=GB,
    memory=8 * GB,
)


def check(name: str, facts: Facts) -> Check:
    return next(check for check in judge(facts) if check.name == name)


def test_a_machine_with_everything_needs_nothing() -> None:
    checks = judge(WELL)
    assert all(check.ok for check in checks)
    assert exit_code(checks) == 0
    assert to_mend(checks) == ()
    assert [check.path for check in checks if check.path] == [
        "/driver/node",
        BROWSER.path,
        "/cache/model.gguf",
    ]


def test_a_bare_machine_lacks_only_the_browser() -> None:
    bare = replace(
        WELL, compiler="", browser=BrowserFacts(problem="No Chromium"), model=ModelFacts()
    )
    checks = judge(bare)
    assert [check.name for check in checks if check.ok is False] == ["Chromium"]
    assert [check.name for check in checks if check.ok is None] == [
        "C++ compiler",
        "llama.cpp",
        "model file",
    ]
    assert exit_code(checks) == 1
    assert [check.name for check in to_mend(checks)] == ["Chromium"]


def test_an_old_python_is_named_with_a_way_out() -> None:
    found = check("Python", replace(WELL, python=(3, 9, 2)))
    assert found.ok is False
    assert "3.9.2" in found.found
    assert "PYTHON=" in found.remedy


def test_a_chosen_browser_that_is_not_there_is_for_the_user_to_settle() -> None:
    chosen = BrowserFacts(origin="chosen", problem="ABOS_CHROMIUM names /nope")
    found = check("Chromium", replace(WELL, browser=chosen))
    assert (found.ok, found.fixable) == (False, False)
    assert "ABOS_CHROMIUM" in found.remedy


def test_the_driver_is_needed_with_all_its_libraries() -> None:
    assert check("Playwright driver", replace(WELL, driver=DriverFacts())).ok is False
    lacking = DriverFacts("/driver/node", ("libatomic.so.1", "libodd.so"))
    found = check("Playwright driver", replace(WELL, driver=lacking))
    assert (found.ok, found.fixable) == (False, True)
    assert found.remedy == "as root: apt-get install libatomic1 libodd.so"


def test_missing_libraries_are_named() -> None:
    lacking = replace(BROWSER, origin="playwright", missing_libraries=("libnss3.so",))
    found = check("Chromium", replace(WELL, browser=lacking))
    assert (found.ok, found.fixable) == (False, True)
    assert "libnss3.so" in found.found
    assert "install-deps" in found.remedy


def test_a_browser_that_does_not_run_is_no_browser() -> None:
    broken = replace(BROWSER, problem="cannot execute")
    found = check("Chromium", replace(WELL, browser=broken))
    assert found.ok is False
    assert "cannot execute" in found.found


def test_a_full_system_browser_will_do_and_could_be_better() -> None:
    full = replace(BROWSER, headless_shell=False, path="/usr/bin/chromium")
    found = check("Chromium", replace(WELL, browser=full))
    assert (found.ok, found.fixable) == (True, True)
    own = check("Chromium", replace(WELL, browser=replace(full, origin="playwright")))
    assert (own.ok, own.fixable) == (True, False)


@pytest.mark.parametrize("limit", ["clone", "apparmor", "count", "container"])
def test_a_doubt_about_the_sandbox_is_settled_by_a_start(limit: SandboxLimit) -> None:
    doubtful = replace(WELL, sandbox=limit)
    assert check("sandbox", doubtful).ok is None
    assert check("sandbox", doubtful).remedy
    started = replace(doubtful, browser=replace(BROWSER, launched=True))
    assert check("sandbox", started).ok is True


def test_root_runs_without_a_sandbox_and_is_told() -> None:
    found = check("sandbox", replace(WELL, sandbox="root"))
    assert found.ok is True
    assert "root" in found.found


def test_the_model_is_fetched_only_for_a_library_that_can_run_it() -> None:
    missing = replace(WELL, model=ModelFacts("/cache/model.gguf", bindings="0.3.36"))
    assert check("model file", missing).fixable
    without = replace(WELL, model=ModelFacts("/cache/model.gguf"))
    assert (check("model file", without).ok, check("model file", without).fixable) == (None, False)
    assert "make local" in check("llama.cpp", without).remedy


def test_a_damaged_model_is_fetched_again() -> None:
    damaged = ModelFacts("/cache/model.gguf", 99, whole=False, bindings="0.3.36")
    found = check("model file", replace(WELL, model=damaged))
    assert (found.ok, found.fixable) == (None, True)
    assert "damaged" in found.found


@pytest.mark.parametrize(("free", "ok"), [(10**8, False), (5 * 10**8, None), (10**10, True)])
def test_disk_space(free: int, ok: bool | None) -> None:
    assert check("cache folder", replace(WELL, cache=Room("/cache", free))).ok is ok
    assert check("temporary folder", replace(WELL, temporary=Room("/tmp", free))).ok is ok


@pytest.mark.parametrize(("size", "ok"), [(None, None), (64 * 10**6, None), (10**9, True)])
def test_shared_memory_is_never_a_reason_to_stop(size: int | None, ok: bool | None) -> None:
    assert check("/dev/shm", replace(WELL, shared_memory=size)).ok is ok


def test_loopback_is_needed_and_memory_is_wanted() -> None:
    assert check("loopback port", replace(WELL, loopback="refused")).ok is False
    assert check("memory", replace(WELL, memory=10**8)).ok is None


def test_what_is_wrong_always_has_a_remedy() -> None:
    worst = Facts(loopback="refused", memory=1, compiler="/usr/bin/c++")
    wrong = [check for check in judge(worst) if check.ok is False]
    assert [check.name for check in wrong if not check.remedy] == []
