"""Decide and plan: goals become steps, words become elements, by the cheapest sure means."""

from .config import CloudConfig, LocalConfig, PlannerConfig, Thresholds
from .decide import Decider
from .errors import (
    BadPlan,
    CloudError,
    CloudRefused,
    CloudUnavailable,
    LocalModelUnavailable,
    ModelBusy,
    ModelCorrupt,
    ModelDownloadFailed,
    ModelError,
    ModelMissing,
    NoPlan,
    PlannerError,
    Undecided,
)
from .form_endings import complaints
from .form_moves import (
    Advance,
    CheckField,
    Done,
    FillField,
    FormMove,
    FormProgress,
    SelectField,
    Stuck,
)
from .forms import next_action as next_form_action
from .instructions import NotExplicit, parse
from .obstacles import dismissal
from .options import Found, find_option
from .plan import Planner
from .question import Candidate, Decision, Question, candidates_from, question_for
from .steps import Plan, Step, Usage, Verb
from .words import best_option

__all__ = [
    "Advance",
    "BadPlan",
    "Candidate",
    "CheckField",
    "CloudConfig",
    "CloudError",
    "CloudRefused",
    "CloudUnavailable",
    "Decider",
    "Decision",
    "Done",
    "FillField",
    "FormMove",
    "FormProgress",
    "Found",
    "LocalConfig",
    "LocalModelUnavailable",
    "ModelBusy",
    "ModelCorrupt",
    "ModelDownloadFailed",
    "ModelError",
    "ModelMissing",
    "NoPlan",
    "NotExplicit",
    "Plan",
    "Planner",
    "PlannerConfig",
    "PlannerError",
    "Question",
    "SelectField",
    "Step",
    "Stuck",
    "Thresholds",
    "Undecided",
    "Usage",
    "Verb",
    "best_option",
    "candidates_from",
    "complaints",
    "dismissal",
    "find_option",
    "next_form_action",
    "parse",
    "question_for",
]
