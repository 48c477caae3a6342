"""Looking at the machine: facts, and nothing decided. Takes a fraction of a second."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from .check import Check
from .facts import BrowserFacts, DriverFacts, Facts, Host, ModelFacts, Origin, Room, SandboxLimit
from .judge import judge
from .run import Runner, run

PROC = Path("/proc/sys")
PAGE = "data:text/html,<p>ABOS"


def examine(
    env: Mapping[str, str] | None = None, *, deep: bool = False, runner: Runner = run
) -> tuple[Check, ...]:
    """Every need of ABOS and how it stands here.

    ``env`` is the environment to go by (the process's own by default). ``deep`` also starts
    the browser once (about a second); without it nothing heavier than ``ldd`` runs.
    """
    return judge(gather(os.environ if env is None else env, runner, deep=deep))


def gather(env: Mapping[str, str], runner: Runner = run, *, deep: bool = False) -> Facts:
    """Look at everything once."""
    browser = look_for_browser(env, runner)
    if deep and browser.path and not browser.problem:
        browser = try_browser(browser, runner)
    model = look_for_model()
    return Facts(
        python=sys.version_info[:3],
        prefix=sys.prefix,
        compiler=_first_command(("c++", "g++", "clang++"), env),
        driver=look_for_driver(env, runner),
        browser=browser,
        sandbox=sandbox_limit(runner),
        model=model,
        cache=_room(_existing(Path(model.path).parent if model.path else Path.home())),
        temporary=_room(Path(tempfile.gettempdir())),
        shared_memory=_shared_memory(Path("/dev/shm")),
        loopback=_loopback(),
        memory=_memory(),
    )


def look_for_browser(env: Mapping[str, str], runner: Runner) -> BrowserFacts:
    """The browser that ABOS would start, with its version and the libraries it lacks."""
    from ...pool.discover import find_chromium
    from ...pool.errors import BrowserNotFound

    chosen = env.get("ABOS_CHROMIUM", "")
    try:
        path = find_chromium("", env)
    except BrowserNotFound as error:
        return BrowserFacts(origin="chosen" if chosen else "none", problem=error.message)
    missing = missing_libraries(runner(("ldd", str(path)), timeout_s=5.0).output)
    facts = BrowserFacts(str(path), _origin(path, chosen), _is_shell(path), "", missing)
    return facts if missing else _with_version(facts, runner)


def look_for_driver(env: Mapping[str, str], runner: Runner) -> DriverFacts:
    """Playwright's driver; its Node.js needs a library that a minimal Debian does not have."""
    package = find_spec("playwright")
    if package is None or package.origin is None:
        return DriverFacts()
    bundled = Path(package.origin).parent / "driver" / "node"
    path = env.get("PLAYWRIGHT_NODEJS_PATH") or str(bundled)
    return DriverFacts(path, missing_libraries(runner(("ldd", path), timeout_s=5.0).output))


def try_browser(browser: BrowserFacts, runner: Runner) -> BrowserFacts:
    """Have the browser show one page, with its sandbox on unless root starts it."""
    with tempfile.TemporaryDirectory(prefix="abos-doctor-", ignore_cleanup_errors=True) as profile:
        flags = ["--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        argv = (browser.path, *flags, f"--user-data-dir={profile}", "--dump-dom", PAGE)
        outcome = runner(argv, timeout_s=20.0)
    launched = "<p>ABOS</p>" in outcome.output
    problem = "" if launched else gist(outcome.output) or f"exit code {outcome.code}"
    return replace(browser, launched=launched, problem=problem)


def missing_libraries(output: str) -> tuple[str, ...]:
    """The libraries that ``ldd`` did not find, from what it printed."""
    lines = (line.split() for line in output.splitlines() if line.endswith("=> not found"))
    return tuple(sorted({words[0] for words in lines}))


def gist(output: str) -> str:
    """The line of a failed command's output that says most."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("E: ", "Error: ", "error: ", "sudo: "))]
    return (telling[:1] or lines[-1:] or [""])[0][:200]


def sandbox_limit(runner: Runner, proc: Path = PROC) -> SandboxLimit:
    """What keeps this user from the namespaces that the browser's sandbox is made of."""
    if os.geteuid() == 0:
        return "root"
    if _number(proc / "kernel/unprivileged_userns_clone") == 0:
        return "clone"
    if _number(proc / "user/max_user_namespaces") == 0:
        return "count"
    if _number(proc / "kernel/apparmor_restrict_unprivileged_userns") == 1:
        return "apparmor"
    # A container's seccomp profile shows nowhere but in the attempt.
    refused = runner(("unshare", "--user", "true"), timeout_s=2.0).code == 1
    return "container" if refused else ""


def look_at_host(runner: Runner) -> Host:
    """What may be used to get something. Asks sudo whether it would ask for a password."""
    root = os.geteuid() == 0
    return Host(
        root=root,
        sudo=not root and runner(("sudo", "-n", "true"), timeout_s=5.0).code == 0,
        apt=shutil.which("apt-get") is not None,
        python=sys.executable,
    )


def look_for_model() -> ModelFacts:
    """The model's file and the version of its library, loading neither; hashes the file (0.2 s)."""
    from ...planner.models.artifact import default_model_path, verify

    path = default_model_path()
    try:
        bindings = metadata.version("llama-cpp-python")
    except metadata.PackageNotFoundError:
        bindings = ""
    if not path.is_file():
        return ModelFacts(str(path), bindings=bindings)
    return ModelFacts(str(path), path.stat().st_size, verify(path), bindings, _tuned())


def _tuned() -> str:
    from ...planner.models.tuning import latest

    found = latest()
    if found is None:
        return ""
    speed = f"{found.tokens_s:.0f} tokens/s, first token {found.first_token_s * 1000:.0f} ms"
    threads = f"{found.threads} thread{'s' if found.threads > 1 else ''}"
    return f"{speed}; {threads}, {found.context_tokens} tokens, shortlist of {found.shortlist}"


def _with_version(browser: BrowserFacts, runner: Runner) -> BrowserFacts:
    outcome = runner((browser.path, "--version"), timeout_s=5.0)
    if outcome.code != 0:
        return replace(browser, problem=gist(outcome.output) or f"exit code {outcome.code}")
    words = gist(outcome.output).split()
    version = next((word for word in words if word[:1].isdigit()), "")
    return replace(browser, version=version)


def _origin(path: Path, chosen: str) -> Origin:
    if chosen:
        return "chosen"
    own = any(
        part.startswith(("chromium-", "chromium_headless_shell-")) for part in path.parts[:-1]
    )
    return "playwright" if own else "system"


def _is_shell(path: Path) -> bool:
    return path.name in {"chromium-headless-shell", "chrome-headless-shell", "headless_shell"}


def _first_command(names: tuple[str, ...], env: Mapping[str, str]) -> str:
    found = (shutil.which(name, path=env.get("PATH")) for name in names)
    return next((path for path in found if path), "")


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _existing(path: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    return next((place for place in (path, *path.parents) if place.is_dir()), Path("/"))


def _room(path: Path) -> Room:
    return Room(str(path), shutil.disk_usage(path).free)


def _shared_memory(path: Path) -> int | None:
    if not os.access(path, os.W_OK):
        return None
    return shutil.disk_usage(path).total


def _loopback() -> str:
    try:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
    except OSError as error:
        return f"127.0.0.1 cannot be bound: {error.strerror}"
    return ""


def _memory() -> int:
    """Bytes this process and its children may still take; a container's limit counts."""
    import psutil

    available = int(psutil.virtual_memory().available)
    group = Path("/sys/fs/cgroup")
    limit, used = _number(group / "memory.max"), _number(group / "memory.current")
    if limit is None or used is None:
        return available
    return min(available, max(0, limit - used))
