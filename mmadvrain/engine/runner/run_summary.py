from typing import Any, Dict, List, Optional

from mmadvrain.datasets.native_images import NativeImages
from .attack_store import STORED, AttackStore


def summarise_run(images: NativeImages, store: AttackStore,
                  views: Dict[str, Dict[str, float]]) -> Dict[str, Any]:
    """What a table, a picture or a reader wants to know of a run.

    Args:
        images (NativeImages): The data set.
        store (AttackStore): With a record of every image.
        views (dict[str, dict[str, float]]): Metrics of each view, unrounded.

    Returns:
        dict: Plain values: ``views``, mean magnitudes of the
        perturbations, flags by name
        with the images that raised them, failed images, and problems.
    """
    records = {
        name: store.record(name) or dict(error='no record')
        for name in images.names
    }
    fine = [r for r in records.values() if 'error' not in r]
    flags: Dict[str, List] = {}
    for name, record in records.items():
        for flag in record.get('flags', []):
            flags.setdefault(flag, []).append(name)

    def mean(values: List[Optional[float]]) -> Optional[float]:
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
        num_images=len(records),
        seconds_per_image=mean([r['seconds'] for r in fine]),
        flags=flags,
        failed={
            n: r['error']
            for n, r in records.items() if 'error' in r
        },
        problems={
            n: r['problems']
            for n, r in records.items() if r.get('problems')
        })
