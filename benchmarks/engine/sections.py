"""The table for readers, from the figures of `engine.json`."""

from benchmarks.engine.settings import CHAINS, DATASETS, ESS_WANTED, RHAT_WANTED, SEEDS, N, T

HEAD = f"""# Speed of the engine

Written by `make bench-engine`. Reference problem (`benchmarks/engine/problem.py`): {T} days, {N} latents, 6 indicators,
2 inputs, 15 % of cells missing, 32 free parameters; {DATASETS} data sets, {SEEDS} sampler seeds each unless a line
says otherwise. Every job is a cold process with empty caches, one at a time, methods taking turns; CPU is that of the
whole process tree, imports and compilation counted. Every log density agreed with a plain NumPy reference before
it was timed.
"""
TABLE = f"""## The reference problem

Gradient: value and gradient, per chain, {CHAINS} chains at once, shortest of many calls, wall or CPU time, whichever
is less (other work on the machine lengthens the wall, threads the CPU time). ESS / CPU s: min bulk ESS over all
parameters, median over runs with R-hat < {RHAT_WANTED}. Cold wall: to min bulk and tail ESS of {ESS_WANTED:.0f}.

| method | gradient µs | ESS / CPU s | cold wall s | R-hat kept | bulk / tail ESS | CPU s | ESS / gradient | remark |
|---|---|---|---|---|---|---|---|---|
"""
AGREEMENT = """## Agreement of posteriors

Largest difference of 32 means in Monte Carlo standard errors; largest log ratio of 32 standard deviations.

| data set | method | against | z | log sd | agrees |
|---|---|---|---|---|---|
"""


def markdown(document: dict) -> str:
    """All sections."""
    parts = [
        HEAD,
        _table(document),
        _projected(document),
        _ratios(document),
        _gradients(document),
        _agreement(document),
        _lines(document),
    ]
    return "\n".join(part for part in parts if part)


def _table(document: dict) -> str:
    rows = [
        f"| {name} | {_number(row['gradient_us'])} | {_number(row['ess_per_cpu_s'])} | {_number(row['cold_wall_s'])}"
        f"{' (projected)' if row['projected'] else ''} | {row['converged']} of {row['runs']} | "
        f"{_number(row['bulk_ess'])} / {_number(row['tail_ess'])} | {_number(row['cpu_s'])} | "
        f"{_number(row['ess_per_gradient'])} | {row['remark'] or row['how']} |"
        for name, row in document["details"].items()
    ]
    return TABLE + "\n".join(rows) + "\n"


def _projected(document: dict) -> str:
    lines = [
        f"- {name}: {_number(found['ess_per_cpu_s'])} ESS / CPU s (ESS per gradient: {found['ess_per_gradient_of']})"
        for name, found in document["projected"].items()
    ]
    head = "Projected, not measured (NUTS over filters that have no sampler; imports and compilation left out):"
    return f"{head}\n\n" + "\n".join(lines) + "\n" if lines else ""


def _ratios(document: dict) -> str:
    lines = [
        f"- {key}: {_number(value)} (best of ours: {document['best_ours'].get(key, '-')}; best peer: "
        f"{document['best_peer'].get(key, '-')})"
        for key, value in document["ratio_vs_best_peer"].items()
        if value is not None
    ]
    if document["ratio_vs_native_limit"] is not None:
        lines.append(f"- gradient against the compiled yardstick: {document['ratio_vs_native_limit']:.2f} × its time")
    return "## How many times better\n\n" + "\n".join(lines) + "\n" if lines else ""


def _gradients(document: dict) -> str:
    sizes = document["gradients"]
    names = list(dict.fromkeys(name for size in sizes for name in size["methods"]))
    titles = [f"T = {size['T']:,}, n = {size['n']}, {size['chains']} at once" for size in sizes]
    rows = [f"| {name} | " + " | ".join(_cell(size["methods"].get(name)) for size in sizes) + " |" for name in names]
    return (
        "## Gradients\n\nµs per chain, as above (CPU time over all threads).\n\n"
        f"| method | {' | '.join(titles)} |\n|---|{'---|' * len(sizes)}\n" + "\n".join(rows) + "\n"
    )


def _cell(found: dict | None) -> str:
    return "-" if found is None else f"{_number(found['gradient_us'])} ({_number(found['gradient_cpu_us'])})"


def _agreement(document: dict) -> str:
    if not document["agreement"]:
        return ""
    rows = [
        f"| {found['data']} | {found['method']} | {found['against']} | {found['z']:.1f} | {found['log_sd']:.2f} | "
        f"{'yes' if found['holds'] else 'NO'} |"
        for found in document["agreement"]
    ]
    return AGREEMENT + "\n".join(rows) + "\n"


def _lines(document: dict) -> str:
    parts = []
    for kind, found in document["lines"].items():
        for line in found:
            shown = {key: value for key, value in line.items() if isinstance(value, float | int) and key != "seed"}
            text = ", ".join(f"{key} {_number(value)}" for key, value in sorted(shown.items()))
            parts.append(f"- **{kind}**, {line['method']}, seed {line['seed']}: {text}")
    return "## Other lines\n\n" + "\n".join(parts) + "\n" if parts else ""


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
