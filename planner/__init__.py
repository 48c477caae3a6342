"""Decide and plan: goals become steps, words become elements, by the cheapest sure means."""

from .answers import answer, beside, right_of
from .asking import page_of, question_about
from .cache import CacheStatistics
from .calendar import Day, Turn, next_press
from .colours import hexadecimal
from .comparing import amount, most, superlative
from .config import CacheConfig, CloudConfig, LocalConfig, PlannerConfig, Thresholds
from .decide import Decider
from .describing import WIDGETS, described, number_in, placed, pointed_at
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
from .labelling import field_labelled, label_of, phrases_for
from .ledger import CloudCall, Ledger
from .listing import counted, entries, title_of
from .obstacles import dismissal
from .openers import more, named, next_page, openers
from .options import Found, find_option
from .plan import Planner
from .prompting import PlanRequest
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
from .spending import Account, Spending, paying
from .steps import Plan, Step, Usage, Verb
from .stream import PlanStream, Steps, known
from .things import Thing, best, called, entries_of, likeness, saying, thing, within
from .values import as_date, as_time, fitting
from .words import best_option

__all__ = [
    "CLOUD_COST",
    "WIDGETS",
    "Account",
    "Advance",
    "BadPlan",
    "CacheConfig",
    "CacheStatistics",
    "Candidate",
    "Change",
    "CheckField",
    "CloudCall",
    "CloudConfig",
    "CloudError",
    "CloudRefused",
    "CloudUnavailable",
    "CostReached",
    "Day",
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
    "Kind",
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
    "Page",
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
    "Thing",
    "Thresholds",
    "Tier",
    "TierNote",
    "Turn",
    "Undecided",
    "UnsafeGoal",
    "Usage",
    "Verb",
    "amount",
    "answer",
    "as_date",
    "as_time",
    "beside",
    "best",
    "best_option",
    "called",
    "candidates_from",
    "complaints",
    "counted",
    "described",
    "dismissal",
    "entries",
    "entries_of",
    "field_labelled",
    "find_option",
    "fitting",
    "goal_route",
    "hexadecimal",
    "known",
    "label_of",
    "likeness",
    "more",
    "most",
    "named",
    "next_form_action",
    "next_page",
    "next_press",
    "number_in",
    "openers",
    "page_of",
    "parse",
    "paying",
    "phrases_for",
    "placed",
    "pointed_at",
    "question_about",
    "question_for",
    "right_of",
    "saying",
    "superlative",
    "thing",
    "title_of",
    "within",
]
