"""The technical part: one file per section, one line per section here, in the order of the page."""

from collections.abc import Callable

from tasks.reporting.inputs import Inputs
from tasks.reporting.model import Section
from tasks.reporting.sections.cent import cent
from tasks.reporting.sections.computation import computation
from tasks.reporting.sections.equations import equations
from tasks.reporting.sections.estimands import estimands
from tasks.reporting.sections.graphs import graphs
from tasks.reporting.sections.limits import limits
from tasks.reporting.sections.protocol import protocol
from tasks.reporting.sections.record import record
from tasks.reporting.sections.robustness import robustness
from tasks.reporting.sections.target_trial import target_trial

SECTIONS: tuple[Callable[[Inputs], Section], ...] = (
    target_trial,
    estimands,
    robustness,
    graphs,
    equations,
    computation,
    record,
    protocol,
    cent,
    limits,
)
