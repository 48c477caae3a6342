from __future__ import annotations

import json
import socket
import threading
import time
import urllib.request

import pytest

from abos.kernel.demo import DemoShop, DemoSite, PortTaken, SiteNotRunning, serve_forever
from abos.kernel.demo.web.server import _listen


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return str(answer.read().decode())


async def test_it_serves_from_a_thread_of_its_own_and_answers_after_it_stopped() -> None:
    began = time.perf_counter()
    async with DemoShop(delay_ms=10) as shop:
        assert time.perf_counter() - began < 20
        assert shop.url == f"http://127.0.0.1:{shop.port}/"
        assert "Harbour Lane" in fetch(shop.url)
        assert json.loads(fetch(shop.url + "_state"))["delay_ms"] == 10
        assert any(t.name == "abos-demo-shop" for t in threading.enumerate())
        assert len(shop.state()["sessions"]) == 1
        shop.set_delay(0)
        shop.reset()
    assert not shop.running
    assert shop.orders() == []
    assert not any(t.name == "abos-demo-shop" for t in threading.enumerate())


def test_a_taken_port_is_a_typed_error() -> None:
    with DemoShop() as shop, pytest.raises(PortTaken, match="choose another port"):
        DemoShop(port=shop.port).start()
    with pytest.raises(PortTaken):
        DemoShop(port=70_000).start()


def test_open_connections_do_not_keep_it_from_stopping() -> None:
    with DemoShop(delay_ms=9_000) as shop:
        idle = socket.create_connection(("127.0.0.1", shop.port))
        waiting = socket.create_connection(("127.0.0.1", shop.port))
        waiting.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.05)
        began = time.perf_counter()
    assert time.perf_counter() - began < 8
    idle.close()
    waiting.close()


def test_it_can_start_again_on_the_same_port() -> None:
    with DemoShop() as shop:
        fetch(shop.url)
    with DemoShop(port=shop.port) as again:
        assert again.port == shop.port


def test_before_the_start_there_is_no_address() -> None:
    shop = DemoShop()
    with pytest.raises(SiteNotRunning):
        _ = shop.url
    shop.stop()


def test_bad_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="delay_ms"):
        DemoShop(delay_ms=-1)
    with DemoShop() as shop, pytest.raises(ValueError, match="path"):
        shop.fail("nowhere")


def test_serving_for_good_ends_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    stop = threading.Event()
    urls: list[str] = []

    def ready(shop: DemoSite) -> None:
        urls.append(shop.url)
        assert "Harbour Lane" in fetch(shop.url)
        stop.set()

    serve_forever(DemoShop(), on_ready=ready, stop=stop)
    assert len(urls) == 1
    assert capsys.readouterr() == ("", "")


def test_the_socket_says_it_is_tcp_so_that_pages_do_not_wait_for_acknowledgements() -> None:
    with _listen(0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
