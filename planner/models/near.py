"""Which model the local tier is: made from the configuration, or the reason why there is none."""

from __future__ import annotations

from importlib.util import find_spec

from ..config import LocalConfig
from ..errors import LocalModelUnavailable, ModelMissing
from .base import LocalModel
from .llama import LlamaModel, model_file
from .ollama import OllamaModel
from .openai_local import OpenAILocal


def local_from(config: LocalConfig) -> LocalModel:
    """The model that is configured. Raises ModelMissing, LocalModelUnavailable with the reason."""
    if not config.enabled:
        raise LocalModelUnavailable("switched off in the configuration")
    if config.backend != "gguf" and not config.model:
        raise ModelMissing(f"The backend {config.backend} needs a model.", "Set ABOS_LOCAL_MODEL.")
    if config.backend == "ollama":
        return OllamaModel(config)
    if config.backend == "openai":
        if not config.base_url:
            raise ModelMissing("The backend openai needs an address.", "Set ABOS_LOCAL_BASE_URL.")
        return OpenAILocal(config)
    model_file(config)
    if find_spec("llama_cpp") is None:
        raise LocalModelUnavailable("llama.cpp is not installed: pip install 'abos[local]'")
    return LlamaModel(config)
