from typing import Any

from mmadvrain.datasets.native_images import NativeImages
from mmadvrain.store.attack_store import STORED, AttackStore


def summarise_run(images: NativeImages, store: AttackStore,
                  views: dict[str, dict[str, float]]) -> dict[str, Any]:
    """What a table, a picture or a reader wants to know of a run.

    Args:
        images: The data set.
        store: With a record of every image.
        views: Metrics of each view, unrounded.

    Returns:
        Plain values: ``views``, mean magnitudes of the perturbations, flags by
        name with the images that raised them, failed images, and problems.
    """
    fine: list[dict[str, Any]] = []
    flags: dict[str, list] = {}
    failed, problems = {}, {}
    for name in images.names:  # a million records at once are too many
        record = store.record(name) or dict(error='no record')
        for flag in record.get('flags', []):
            flags.setdefault(flag, []).append(name)
        if record.get('problems'):
            problems[name] = record['problems']
        if 'error' in record:
            failed[name] = record['error']
        else:
            fine.append({k: record[k] for k in (*STORED, 'seconds')})

    def mean(values: list[float | None]) -> float | None:
        known = [v for v in values if v is not None]
        return sum(known) / len(known) if known else None

    measures = {what for r in fine for view in STORED for what in r[view]}
    magnitude = {
        view: {
            what: mean([record[view].get(what) for record in fine])
            for what in sorted(measures)
        }
        for view in STORED
    }
    return dict(
        views=views,
        magnitude=magnitude,
        num_images=len(images.names),
        seconds_per_image=mean([r['seconds'] for r in fine]),
        flags=flags,
        failed=failed,
        problems=problems)
