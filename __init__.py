"""ABOS, an operating system for browser agents."""

from .kernel.actions import (
    Action,
    AnswerDialog,
    Back,
    Check,
    Click,
    CloseTab,
    DoubleClick,
    Drag,
    Effect,
    Fill,
    Forward,
    Hover,
    OpenTab,
    Press,
    Scroll,
    Select,
    SwitchTab,
    Type,
    Upload,
    WaitFor,
)
from .kernel.config import Config
from .kernel.doors import sync
from .kernel.errors import AbosError
from .kernel.handle import Process
from .kernel.kernel import Kernel
from .kernel.process import Limits
from .kernel.task import Run, Task, TaskResult

__all__ = [
    "AbosError",
    "Action",
    "AnswerDialog",
    "Back",
    "Check",
    "Click",
    "CloseTab",
    "Config",
    "DoubleClick",
    "Drag",
    "Effect",
    "Fill",
    "Forward",
    "Hover",
    "Kernel",
    "Limits",
    "OpenTab",
    "Press",
    "Process",
    "Run",
    "Scroll",
    "Select",
    "SwitchTab",
    "Task",
    "TaskResult",
    "Type",
    "Upload",
    "WaitFor",
    "sync",
]
