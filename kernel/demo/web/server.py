"""A demo site as a server of its own thread, on the loopback interface only.

The thread has its own event loop, so that a benchmark of the caller's loop does not measure the
site. The store belongs to that loop; callers ask for it through `call_soon_threadsafe`.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

import uvicorn
from starlette.applications import Starlette

from .control import Controls, Kept
from .errors import PortTaken, SiteNotRunning, SiteStuck

HOST = "127.0.0.1"
START_S = 10.0
STOP_S = 5.0
ASK_S = 5.0
GRACE_S = 1
"""How long open requests may go on when the site stops."""

T = TypeVar("T")


class _Server(uvicorn.Server):
    """uvicorn that says when it listens, and on which loop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, then wake who waits."""
        await super().startup(sockets=sockets)
        self.loop = asyncio.get_running_loop()
        self.ready.set()


def _listen(port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only for sockets that say they are TCP; without it every
    # page would wait 40 ms for the browser's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        code = error.errno if isinstance(error, OSError) else None
        reason = "in use" if code == errno.EADDRINUSE else str(error)
        raise PortTaken(port, reason) from error
    return listener


class DemoSite:
    """A running demo site, made of what it remembers and of an application over that.

    `port` 0 takes a free one; `delay_ms` is added to every HTML document. `state()` still answers
    after the site has stopped. Raises PortTaken on entering.
    """

    def __init__(
        self,
        name: str,
        store: Kept,
        build: Callable[[Any, Controls], Starlette],
        port: int = 0,
        delay_ms: int = 0,
    ) -> None:
        self.name = name
        """`shop`, `tracker` or `directory`."""
        self._build = build
        self._controls = Controls()
        self._controls.set_delay(delay_ms)
        self._store = store
        self._wanted_port = port
        self._port = 0
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    # -- life -----------------------------------------------------------------------------

    def start(self) -> Self:
        """Serve. Raises PortTaken, or SiteStuck after `START_S`. Does nothing when running."""
        if self.running:
            return self
        listener = _listen(self._wanted_port)
        self._port = int(listener.getsockname()[1])
        config = uvicorn.Config(
            self._build(self._store, self._controls),
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            loop="asyncio",
            http="h11",
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        server = _Server(config)
        self._server = server
        self._thread = threading.Thread(
            target=server.run, args=([listener],), name=f"abos-demo-{self.name}", daemon=True
        )
        self._thread.start()
        if not server.ready.wait(START_S):
            server.should_exit = True
            raise SiteStuck("start", START_S)
        return self

    def stop(self) -> None:
        """Stop serving and let the thread end. Raises SiteStuck after `STOP_S`."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        server.should_exit = True
        thread.join(STOP_S)
        if thread.is_alive():
            server.force_exit = True
            raise SiteStuck("stop", STOP_S)
        self._server = self._thread = None

    @property
    def running(self) -> bool:
        """Whether it serves."""
        return self._thread is not None and self._thread.is_alive()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.stop)

    # -- asking ---------------------------------------------------------------------------

    @property
    def port(self) -> int:
        """The port it listens on. Raises SiteNotRunning before the first start."""
        if not self._port:
            raise SiteNotRunning
        return self._port

    @property
    def url(self) -> str:
        """The home page, with a slash at the end. Raises SiteNotRunning before the first start."""
        return f"http://{HOST}:{self.port}/"

    def state(self) -> dict[str, Any]:
        """What happened, as JSON-ready values: what the site remembers, and the latest requests."""
        return self._ask(lambda: {**self._store.state(), "requests": [*self._controls.requests]})

    def reset(self) -> None:
        """Forget all that happened, and failures; the delay and the changes stay."""
        self._ask(self._reset)

    def _reset(self) -> None:
        self._store.reset()
        self._controls.forget()

    def set_delay(self, delay_ms: int) -> None:
        """Delay of every HTML document from now on, in milliseconds. Raises ValueError."""
        self._ask(lambda: self._controls.set_delay(delay_ms))

    def change(self, name: str, *, on: bool = True) -> None:
        """Let all pages differ in one of the ways of `CHANGES`, or no longer. Raises ValueError."""
        self._ask(lambda: self._controls.change(name, on=on))

    def fail(self, path: str, status: int = 503, times: int = 1) -> None:
        """Let the next `times` requests to `path` fail with `status`. Raises ValueError."""
        self._ask(lambda: self._controls.fail(path, status, times))

    def _ask(self, question: Callable[[], T]) -> T:
        """Run a short function on the site's loop, or here when no loop owns the store."""
        server = self._server
        if server is None or server.loop is None or not self.running:
            return question()
        answer: Future[T] = Future()

        def run() -> None:
            try:
                answer.set_result(question())
            except BaseException as error:
                answer.set_exception(error)
                if not isinstance(error, Exception):
                    raise

        try:
            server.loop.call_soon_threadsafe(run)
        except RuntimeError as error:
            raise SiteNotRunning("its loop has ended") from error
        try:
            return answer.result(ASK_S)
        except TimeoutError as error:
            raise SiteStuck("answer", ASK_S) from error


def serve_forever(
    site: DemoSite,
    *,
    on_ready: Callable[[DemoSite], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Serve until Ctrl-C (which ends it normally) or `stop` is set. Prints nothing.

    `on_ready` is called once with the running site, e.g. to print its URL. Raises PortTaken, and
    SiteNotRunning if the server thread ends by itself.
    """
    stop = stop or threading.Event()
    with site:
        try:
            if on_ready is not None:
                on_ready(site)
            while not stop.wait(0.5):
                if not site.running:
                    raise SiteNotRunning("its thread has ended")
        except KeyboardInterrupt:
            return
