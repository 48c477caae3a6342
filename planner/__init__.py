"""Decide and plan: goals become steps, words become elements, by the cheapest sure means."""

from .asking import page_of, question_about
from .cache import CacheStatistics
from .config import CacheConfig, CloudConfig, LocalConfig, PlannerConfig, Thresholds
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
    ModelTooLarge,
    ModelUnavailable,
    NoPlan,
    PlannerError,
    Undecided,
)
from .explain import Explanation, Explanations, TierNote
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
from .question import (
    Candidate,
    Change,
    Decision,
    Kind,
    Page,
    Question,
    Tier,
    candidates_from,
    question_for,
)
from .router import CLOUD_COST
from .steps import Plan, Step, Usage, Verb
from .words import best_option

__all__ = [
    "CLOUD_COST",
    "Advance",
    "BadPlan",
    "CacheConfig",
    "CacheStatistics",
    "Candidate",
    "Change",
    "CheckField",
    "CloudConfig",
    "CloudError",
    "CloudRefused",
    "CloudUnavailable",
    "Decider",
    "Decision",
    "Done",
    "Explanation",
    "Explanations",
    "FillField",
    "FormMove",
    "FormProgress",
    "Found",
    "Kind",
    "LocalConfig",
    "LocalModelUnavailable",
    "ModelBusy",
    "ModelCorrupt",
    "ModelDownloadFailed",
    "ModelError",
    "ModelMissing",
    "ModelTooLarge",
    "ModelUnavailable",
    "NoPlan",
    "NotExplicit",
    "Page",
    "Plan",
    "Planner",
    "PlannerConfig",
    "PlannerError",
    "Question",
    "SelectField",
    "Step",
    "Stuck",
    "Thresholds",
    "Tier",
    "TierNote",
    "Undecided",
    "Usage",
    "Verb",
    "best_option",
    "candidates_from",
    "complaints",
    "dismissal",
    "find_option",
    "next_form_action",
    "page_of",
    "parse",
    "question_about",
    "question_for",
]
