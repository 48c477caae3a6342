"""Decide and plan: goals become steps, words become elements, by the cheapest sure means."""

from .cache import CacheStatistics
from .config import CacheConfig, CloudConfig, LocalConfig, PlannerConfig, Thresholds
from .decide import Decider
from .errors import (
    BadPlan,
    CloudError,
    CloudRefused,
    CloudUnavailable,
    CostReached,
    LedgerFailed,
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
    PlanRefused,
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
from .ledger import CloudCall, Ledger
from .obstacles import dismissal
from .options import Found, find_option
from .plan import Planner
from .prompting import PlanRequest
from .question import Candidate, Decision, Question, Tier, candidates_from, question_for
from .router import CLOUD_COST
from .spending import Account, Spending, paying
from .steps import Plan, Step, Usage, Verb
from .stream import PlanStream, Steps, known
from .words import best_option

__all__ = [
    "CLOUD_COST",
    "Account",
    "Advance",
    "BadPlan",
    "CacheConfig",
    "CacheStatistics",
    "Candidate",
    "CheckField",
    "CloudCall",
    "CloudConfig",
    "CloudError",
    "CloudRefused",
    "CloudUnavailable",
    "CostReached",
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
    "Ledger",
    "LedgerFailed",
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
    "PlanRefused",
    "PlanRequest",
    "PlanStream",
    "Planner",
    "PlannerConfig",
    "PlannerError",
    "Question",
    "SelectField",
    "Spending",
    "Step",
    "Steps",
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
    "known",
    "next_form_action",
    "parse",
    "paying",
    "question_for",
]
