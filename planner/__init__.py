"""Decide and plan: goals become steps, words become elements, by the cheapest sure means."""

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
    UnsafeGoal,
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
from .goal_routes import GoalRoute, goal_route
from .instructions import NotExplicit, parse
from .obstacles import dismissal
from .options import Found, find_option
from .plan import Planner
from .question import Candidate, Decision, Question, Tier, candidates_from, question_for
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
    "GoalRoute",
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
    "UnsafeGoal",
    "Usage",
    "Verb",
    "best_option",
    "candidates_from",
    "complaints",
    "dismissal",
    "find_option",
    "goal_route",
    "next_form_action",
    "parse",
    "question_for",
]
