"""The doctor: what ABOS needs of this machine, how each need stands, and the cure.

Three steps, apart: ``probe`` looks (I/O), ``judge`` decides (pure), ``mend`` gets what is
missing (I/O, in the order that ``ways`` decides). ``run_doctor`` is the command around them.
"""

from .check import Check, exit_code
from .command import run_doctor
from .judge import judge
from .mend import fix
from .probe import examine, gather

__all__ = ["Check", "examine", "exit_code", "fix", "gather", "judge", "run_doctor"]
