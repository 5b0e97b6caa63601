"""Does the record contradict a graph? Its implied independences, tested as a family."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from schemas.graph import CausalGraph
from ssm_core.discovery.implications import Implication, Implied, implications
from ssm_core.discovery.lagged import Cause, Record
from ssm_core.discovery.partial import Partial, moments, partial_correlations
from ssm_core.discovery.surrogates import Equation, fit_equation, surrogates
from ssm_core.graphs.unrolled import causal_order, longest_lag

COPIES = 199
LEVEL = 0.05
LEAST_APART = 5
"""Values other than a node's most frequent one below which it says nothing: a code that hardly ever changed."""
LEAST_FREEDOM = 8
"""Residual degrees of freedom below which an implication is not tested."""


class Finding(NamedTuple):
    """One implication and what the record says of it.

    Attributes:
        correlation: partial correlation, zero by the graph.
        p: of this test alone, by Student's t.
        adjusted: share of records of the graph whose smallest p is at most this one.
        rows: steps that were used.
    """

    implication: Implication
    correlation: float
    p: float
    adjusted: float
    rows: int


class Falsification(NamedTuple):
    """What the record says of a graph.

    Attributes:
        p: of the graph as a whole, the smallest adjusted one; None where nothing can be tested.
        rejected: `p <= LEVEL`.
        findings: most contradictory first.
        untested: nodes of which nothing was tested, with the reason.
        left_out: implications that were not looked at, for their number or for too few steps.
    """

    p: float | None
    rejected: bool
    findings: tuple[Finding, ...]
    untested: dict[str, str]
    left_out: int


def falsify(
    graph: CausalGraph, record: Record, rng: np.random.Generator, copies: int = COPIES, assigned: str | None = None
) -> Falsification:
    """Tests every implied independence by a partial correlation and compares the smallest p with the graph's own law.

    `p = (1 + #{b: min_i p_i^b <= min_i p_i}) / (1 + copies)` over records b that the graph's fitted regressions bring
    forth, with the same steps missing: the family-wise level holds for tests that depend on one another, and for
    short and strongly autocorrelated records as far as the fitted regressions resemble the true ones. Nodes that are
    not tested follow a saturated autoregression in the copies. Columns with two values are treated as if normal; how
    often a true graph with such nodes is rejected stands in `docs/falsification.md`.

    Args:
        graph: acyclic within a step; observed nodes that are not in the record, or with fewer than `LEAST_APART` values
            that differ from the most frequent one, count as hidden.
        record: the panel.
        rng: source of randomness.
        copies: records that are simulated.
        assigned: a node whose values a design decided; nothing is tested of what drives it.

    Raises:
        StudyError: the unrolled graph is too large.

    Source: Westfall & Young (1993), single-step min-P; Thoemmes, Rosseel & Textor (2018) for local tests of graphs.
    """
    seen = {node.name for node in graph.nodes if node.observed} & _moving(record)
    graph = graph.model_copy(
        update={"nodes": tuple(n.model_copy(update={"observed": n.name in seen}) for n in graph.nodes)}
    )
    names = tuple(name for name in causal_order(graph) if name in seen)
    record = record._replace(names=names, values=record.values[:, [record.names.index(name) for name in names]])
    implied = implications(graph, assigned=assigned)
    groups = list(_groups(implied, record))
    equations = _equations(implied, record, longest_lag(graph))
    tested = sum(len(group.tests) for group in groups)
    left_out = implied.left_out + len(implied.tests) - tested
    if not groups or len(equations) < len(names):
        return Falsification(None, False, (), implied.untested, implied.left_out + len(implied.tests))
    both = np.concatenate([record.values[None], surrogates(record, equations, copies, rng)])
    results = [_test(group, both, record) for group in groups]
    p = np.concatenate([result.p for result in results], axis=1)
    smallest = np.sort(p[1:].min(axis=1))
    adjusted = (1 + np.searchsorted(smallest, p[0], side="right")) / (1 + copies)
    correlation = np.concatenate([result.correlation[0] for result in results])
    flat = [(test, int(group.rows.sum())) for group in groups for test in group.tests]
    findings = [
        Finding(test, float(r), float(alone), float(family), rows)
        for (test, rows), r, alone, family in zip(flat, correlation, p[0], adjusted, strict=True)
    ]
    findings.sort(key=lambda finding: finding.p)
    whole = findings[0].adjusted
    return Falsification(whole, whole <= LEVEL, tuple(findings), implied.untested, left_out)


def _moving(record: Record) -> set[str]:
    """Nodes whose values differ often enough."""
    out = set()
    for name, column in zip(record.names, record.values.T, strict=True):
        _, counts = np.unique(column[~np.isnan(column)], return_counts=True)
        if counts.sum() - counts.max(initial=0) >= LEAST_APART:
            out.add(name)
    return out


class _Group(NamedTuple):
    """Tests on the same steps."""

    tests: tuple[Implication, ...]
    rows: Bool[np.ndarray, " time"]


def _groups(implied: Implied, record: Record) -> Iterator[_Group]:
    """Tests by the steps at which all their values are recorded, after the longest lag; those with too few are left."""
    present = ~np.isnan(record.values)
    fixed = 1 if record.beside is None else 1 + record.beside.shape[1]
    span = max((c.lag for test in implied.tests for c in (test.other, *test.given)), default=0)
    gathered: dict[bytes, list[Implication]] = {}
    for test in implied.tests:
        rows = np.arange(len(present)) >= span
        for cause in (Cause(test.child, 0), test.other, *test.given):
            rows &= np.roll(present[:, record.names.index(cause.name)], cause.lag)
        if int(rows.sum()) - fixed - len(test.given) - 1 >= LEAST_FREEDOM:
            gathered.setdefault(rows.tobytes(), []).append(test)
    for rows, tests in gathered.items():
        yield _Group(tuple(sorted(tests, key=lambda test: test.child)), np.frombuffer(rows, dtype=bool))


def _equations(implied: Implied, record: Record, lags: int) -> dict[str, Equation]:
    """One regression per node: on its parents where it is tested, else on all that came before."""
    given: dict[str, Sequence[Cause]] = {test.child: test.given for test in implied.tests}
    out: dict[str, Equation] = {}
    for position, name in enumerate(record.names):
        earlier = [Cause(n, 0) for n in record.names[:position]]
        everything = [Cause(n, lag) for lag in range(1, lags + 1) for n in record.names]
        equation = fit_equation(record, name, given.get(name, [*earlier, *everything]))
        if equation is not None:
            out[name] = equation
    return out


def _test(group: _Group, both: Float[np.ndarray, "copy time node"], record: Record) -> Partial:
    """All tests of a group, in its order."""
    fixed = np.column_stack([np.ones(len(record.values)), *([] if record.beside is None else [record.beside])])
    columns = sorted({c for test in group.tests for c in (Cause(test.child, 0), test.other, *test.given)})
    S = moments(both, [(record.names.index(c.name), c.lag) for c in columns], fixed, group.rows)
    found = []
    for child, run in groupby(group.tests, key=lambda test: test.child):
        tests = list(run)
        given = [columns.index(c) for c in tests[0].given]
        freedom = int(group.rows.sum()) - fixed.shape[1] - len(given) - 1
        others = [columns.index(test.other) for test in tests]
        found.append(partial_correlations(S, columns.index(Cause(child, 0)), others, given, freedom))
    return Partial(np.hstack([of.correlation for of in found]), np.hstack([of.p for of in found]))
