import json
from collections.abc import Mapping
from pathlib import Path

from mmadvrain.structures.ablation_plan import AblationPlan
from mmadvrain.structures.run_results import RESULTS_FILE, RunResults
from mmadvrain.typing import Scores

from .success_report import success_intervals


def ablation_rows(plan: AblationPlan, folders: Mapping[tuple[str, str],
                                                       Path]) -> list[dict]:
    """Everything an ablation has found so far, unrounded.

    Args:
        plan: What is swept.
        folders: Folder of each cell, by sweep and label.

    Returns:
        One row for each cell, victim and view: ``sweep``, ``label``, ``x``,
        ``line``, ``victim``, ``view``, ``folder``, ``num_images``, the
        metrics, and of success rates and COCO's AP their 95 percent bootstrap
        intervals over images as ``METRIC_low`` and ``METRIC_high``. Magnitudes
        of the perturbation beside them. Cells without results are left out.
    """
    rows = []
    for sweep, cell in plan.cells():
        folder = folders[sweep, cell.label]
        if not (folder / RESULTS_FILE).is_file():
            continue
        results = RunResults.load(folder)
        start = dict(sweep=sweep, label=cell.label, x=cell.x, line=cell.line)
        ends = dict(folder=folder.name, num_images=results.num_images)
        found = {plan.source.name: _views(folder, results.views)}
        for victim in plan.transfer:
            found[victim.name] = _views(folder / 'transfer' / victim.name, {})
        magnitudes = dict(results.magnitude)
        for path in (folder / 'magnitudes').glob('*.json'):
            magnitudes[path.stem] = json.loads(path.read_text())
        for name, views in found.items():
            rows += [
                dict(
                    start,
                    victim=name,
                    view=view,
                    **ends,
                    **values,
                    **magnitudes.get(view, {}))
                for view, values in views.items()
            ]
    return rows


def _views(folder: Path, views_of_run: dict[str, Scores]) -> dict[str, dict]:
    """Metrics of every view, with intervals where predictions are stored."""
    scored = dict(views_of_run)
    for path in sorted((folder / 'scores').glob('*.json')):
        scored[path.stem] = json.loads(path.read_text())
    views = {
        view: {
            name.rpartition('/')[2]: value
            for name, value in scores.items()
        }
        for view, scores in scored.items()
    }
    for view, intervals in success_intervals(folder).items():
        values = views.setdefault(view, {})
        for name, interval in intervals.items():
            values[name] = interval.value
            values[f'{name}_low'] = interval.low
            values[f'{name}_high'] = interval.high
    return views
