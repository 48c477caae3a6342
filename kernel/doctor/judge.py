"""From facts to checks. Pure: no look at the machine, no clock."""

from __future__ import annotations

from .check import Check
from .facts import BrowserFacts, DriverFacts, Facts, Room, SandboxLimit
from .ways import PACKAGES

MB = 1_000_000
DISK_NEEDED = 300 * MB
DISK_WANTED = 1000 * MB
MEMORY_WANTED = 1000 * MB
SHARED_MEMORY_WANTED = 256 * MB

_SANDBOX: dict[SandboxLimit, tuple[str, str]] = {
    "root": ("off, as for every browser started by root", ""),
    "clone": (
        "the kernel keeps user namespaces from users",
        "sudo sysctl -w kernel.unprivileged_userns_clone=1",
    ),
    "apparmor": (
        "AppArmor keeps user namespaces from unknown programs",
        "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    "count": ("no user namespace is allowed", "sudo sysctl -w user.max_user_namespaces=15000"),
    "container": (
        "this container does not allow user namespaces",
        "give the container a seccomp profile that allows user namespaces",
    ),
}


def judge(facts: Facts) -> tuple[Check, ...]:
    """Every need in the order in which a person would see to it."""
    return (
        _python(facts),
        _driver(facts.driver),
        _chromium(facts.browser),
        _sandbox(facts),
        _compiler(facts),
        _bindings(facts),
        _model(facts),
        *_speed(facts),
        _disk("cache folder", facts.cache),
        _disk("temporary folder", facts.temporary),
        _shared_memory(facts.shared_memory),
        _loopback(facts.loopback),
        _memory(facts.memory),
    )


def _python(facts: Facts) -> Check:
    found = f"{'.'.join(map(str, facts.python))} in {facts.prefix}"
    if facts.python >= (3, 11):
        return Check("Python", True, found)
    return Check("Python", False, found, "make setup PYTHON=/path/to/python3.11 (or newer)")


def _driver(driver: DriverFacts) -> Check:
    name = "Playwright driver"
    if not driver.path:
        remedy = "make setup, or pip install playwright"
        return Check(name, False, "the playwright package is not installed", remedy)
    if not driver.missing_libraries:
        return Check(name, True, driver.path, path=driver.path)
    found = f"{driver.path} lacks {', '.join(driver.missing_libraries)}"
    packages = " ".join(PACKAGES.get(name, name) for name in driver.missing_libraries)
    return Check(name, False, found, f"as root: apt-get install {packages}", fixable=True)


def _chromium(browser: BrowserFacts) -> Check:
    trouble = _browser_trouble(browser)
    found = trouble or _browser_words(browser)
    if not trouble:
        better = browser.origin == "system" and not browser.headless_shell
        return Check("Chromium", True, found, fixable=better, path=browser.path)
    if browser.origin == "chosen":
        remedy = "point ABOS_CHROMIUM at a Chromium that runs here, or unset it"
        return Check("Chromium", False, found, remedy, path=browser.path)
    if browser.missing_libraries:
        remedy = "as root: playwright install-deps chromium-headless-shell"
    else:
        remedy = (
            "abos doctor --fix as root, or install chromium-headless-shell, Chromium or Chrome, "
            "or set ABOS_CHROMIUM to one"
        )
    return Check("Chromium", False, found, remedy, fixable=True, path=browser.path)


def _browser_trouble(browser: BrowserFacts) -> str:
    if not browser.path:
        return browser.problem or "no Chromium or Chrome was found"
    if browser.missing_libraries:
        return f"{browser.path} lacks {', '.join(browser.missing_libraries)}"
    if browser.problem:
        return f"{browser.path} does not run: {browser.problem}"
    return ""


def _browser_words(browser: BrowserFacts) -> str:
    kind = "headless shell" if browser.headless_shell else "full browser (slower contexts)"
    shown = ", showed a page" if browser.launched else ""
    return f"{browser.version or 'version unknown'}, {kind}{shown}, {browser.path}"


def _sandbox(facts: Facts) -> Check:
    if not facts.sandbox:
        return Check("sandbox", True, "on")
    found, remedy = _SANDBOX[facts.sandbox]
    if facts.sandbox == "root":
        return Check("sandbox", True, found)
    if facts.browser.launched:
        return Check("sandbox", True, f"on ({found}, yet the browser starts)")
    return Check("sandbox", None, f"may not start: {found}", remedy)


def _compiler(facts: Facts) -> Check:
    if facts.compiler:
        return Check("C++ compiler", True, facts.compiler)
    if facts.model.bindings:
        return Check("C++ compiler", True, "none, and none needed: llama.cpp is built")
    remedy = "install g++ (apt-get install g++), then make local"
    return Check("C++ compiler", None, "none: llama.cpp cannot be built", remedy)


def _bindings(facts: Facts) -> Check:
    if facts.model.bindings:
        return Check("llama.cpp", True, f"llama-cpp-python {facts.model.bindings}")
    remedy = "make local, or pip install 'abos[local]'" if facts.compiler else ""
    return Check("llama.cpp", None, "not built: no local model, the other tiers decide", remedy)


def _model(facts: Facts) -> Check:
    model = facts.model
    if model.bytes and not model.whole:
        found = f"{model.path} is damaged"
        return Check("model file", None, found, "abos doctor --fix", fixable=bool(model.bindings))
    if model.bytes:
        found = f"{model.bytes / MB:.0f} MB, {model.path}"
        return Check("model file", True, found, path=model.path)
    if not model.bindings:
        return Check("model file", None, "not fetched: it needs llama.cpp to run")
    found = f"not fetched yet ({model.path})" if model.path else "not fetched yet"
    return Check("model file", None, found, "abos doctor --fix", fixable=True)


def _speed(facts: Facts) -> tuple[Check, ...]:
    """Only what was measured already: the doctor does not load the model."""
    return (Check("model speed", True, facts.model.tuned),) if facts.model.tuned else ()


def _disk(name: str, room: Room) -> Check:
    found = f"{room.free / MB:.0f} MB free in {room.path}"
    if room.free >= DISK_WANTED:
        return Check(name, True, found)
    remedy = f"free some space: {DISK_WANTED / MB:.0f} MB are comfortable"
    return Check(name, False if room.free < DISK_NEEDED else None, found, remedy)


def _shared_memory(size: int | None) -> Check:
    if size is None:
        found = "none: the browser uses the temporary folder instead"
        return Check("/dev/shm", None, found, "mount -t tmpfs tmpfs /dev/shm")
    found = f"{size / MB:.0f} MB"
    if size >= SHARED_MEMORY_WANTED:
        return Check("/dev/shm", True, found)
    return Check("/dev/shm", None, found, "in a container: --shm-size=1g")


def _loopback(problem: str) -> Check:
    if not problem:
        return Check("loopback port", True, "127.0.0.1 can be bound")
    remedy = "allow this user to listen on 127.0.0.1 (in a container: bring up `lo`)"
    return Check("loopback port", False, problem, remedy)


def _memory(free: int) -> Check:
    found = f"{free / MB:.0f} MB available"
    if free >= MEMORY_WANTED:
        return Check("memory", True, found)
    return Check("memory", None, found, "close something, or keep fewer warm contexts")
