"""The agent: a user-space program. It holds a process handle and no other privilege."""

from .agent import run_agent

__all__ = ["run_agent"]
