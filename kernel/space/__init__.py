"""The address space of a process: its tabs, and what can be done in them."""

from .space import AddressSpace, checked_url

__all__ = ["AddressSpace", "checked_url"]
