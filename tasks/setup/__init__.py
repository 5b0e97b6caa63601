"""Making a study: a folder, a copy of the data, parameters, and names found in a question."""

from tasks.setup.create import create_study
from tasks.setup.names import require_pair, study_variables
from tasks.setup.question import resolve_question

__all__ = ["create_study", "require_pair", "resolve_question", "study_variables"]
