"""What makes one page of another: made, applied, recorded, kept as bytes, told in words."""

from .apply import apply
from .chain import MAX_CHAIN, Chain, Stored, materialize, read_chain
from .content import content_hash, same
from .delta import Delta
from .make import diff
from .recorder import RECORDER_JS, Recorder, Recording
from .sentences import Change
from .wire import decode, encode, is_delta
from .words import Telling, tell

__all__ = [
    "MAX_CHAIN",
    "RECORDER_JS",
    "Chain",
    "Change",
    "Delta",
    "Recorder",
    "Recording",
    "Stored",
    "Telling",
    "apply",
    "content_hash",
    "decode",
    "diff",
    "encode",
    "is_delta",
    "materialize",
    "read_chain",
    "same",
    "tell",
]
