"""Asks the kernels of this user something, all or one, for the commands that show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from ..control import call, chosen, labels
from ..errors import AbosError, KernelSilent, NoKernel

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What one kernel told."""

    kernel: str
    """Its pid; its name where several kernels share one."""
    pid: int
    told: T
    raw: Any
    """The same as it came: JSON."""


@dataclass(frozen=True, slots=True)
class Answers(Generic[T]):
    """What the kernels told, and why others did not."""

    given: Sequence[Answer[T]]
    complaints: Sequence[str]


def ask_all(wanted: str, command: str, kind: TypeAdapter[T]) -> Answers[T]:
    """Ask every kernel, or those of a pid or name.

    Raises `NoKernel`, or what the first one met if none could answer.
    """
    found = chosen(wanted)
    given: list[Answer[T]] = []
    errors: list[AbosError] = []
    for kernel, label in zip(found, labels(found), strict=True):
        try:
            raw = call(kernel, command)
            given.append(Answer(label, kernel.pid, checked(kind, raw), raw))
        except AbosError as error:
            errors.append(error)
    if not given:
        raise errors[0]
    # One that has closed since it was found is no trouble.
    return Answers(given, [str(each) for each in errors if not isinstance(each, NoKernel)])


def checked(kind: TypeAdapter[T], raw: object) -> T:
    """What a kernel told, as what it stands for. Raises `KernelSilent`."""
    try:
        return kind.validate_python(raw)
    except ValidationError as error:
        raise KernelSilent("the kernel's reply makes no sense") from error
