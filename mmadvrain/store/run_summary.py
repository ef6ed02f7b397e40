from collections.abc import Sequence

from mmadvrain.structures.run_results import RunResults
from mmadvrain.typing import Scores

from .attack_store import AttackStore


def summarise_run(names: Sequence[str], store: AttackStore,
                  views: dict[str, Scores]) -> RunResults:
    """Gather what a table, a picture or a reader asks of a run.

    Args:
        names: Names of the images in the store.
        store: With a record of every image.
        views: Metrics of each view, unrounded.

    Returns:
        Without the run's time, memory and signature.
    """
    finished: list[dict] = []
    flags: dict[str, list[str]] = {}
    failed: dict[str, str] = {}
    problems: dict[str, list[str]] = {}
    for name in names:  # a million records at once are too many
        record = store.record(name) or dict(error='no record')
        for flag in record.get('flags', []):
            flags.setdefault(flag, []).append(name)
        if record.get('problems'):
            problems[name] = record['problems']
        if 'error' in record:
            failed[name] = record['error']
        else:
            finished.append({k: record[k] for k in (*store.views, 'seconds')})
    measures = sorted({
        what
        for record in finished
        for view in store.views
        for what in record[view]
    })
    magnitude = {
        view: {
            what: _mean([record[view].get(what) for record in finished])
            for what in measures
        }
        for view in store.views
    }
    return RunResults(
        views=views,
        magnitude=magnitude,
        num_images=len(names),
        seconds_per_image=_mean([record['seconds'] for record in finished]),
        flags=flags,
        failed=failed,
        problems=problems)


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
