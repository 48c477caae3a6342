"""What makes one page of another: made, applied, kept as bytes, told in words."""

from .apply import apply
from .content import content_hash, same
from .delta import Delta
from .make import diff
from .recorder import RECORDER_JS, Recorder, Recording
from .wire import decode, encode, is_delta

__all__ = ["RECORDER_JS", "Delta", "Recorder", "Recording", "apply", "content_hash", "decode", "diff", "encode", "is_delta", "same"]
