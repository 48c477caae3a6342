"""The planner's test pages, importable by name without a package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
