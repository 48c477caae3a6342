"""The llama.cpp library, loaded once and quiet."""

from __future__ import annotations

import ctypes
import threading
from importlib import import_module
from typing import Any

from ..errors import LocalModelUnavailable

_LOCK = threading.Lock()
_silencer: Any = None


def library() -> Any:
    """llama.cpp's functions, with its chatter off. Raises LocalModelUnavailable."""
    global _silencer  # noqa: PLW0603  the callback must outlive every call into the library
    try:
        lib = import_module("llama_cpp")
    except (ImportError, OSError, RuntimeError) as error:
        raise LocalModelUnavailable(
            f"llama.cpp is not available ({error}).",
            "Install a C++ compiler, then: pip install 'abos[local]'",
        ) from error
    with _LOCK:
        if _silencer is None:
            _silencer = lib.llama_log_callback(lambda _level, _text, _data: None)
            lib.llama_log_set(_silencer, ctypes.c_void_p(0))
            lib.llama_backend_init()
    return lib
