"""Pictures that servers give in place of those that are gone."""
import os
from collections import defaultdict
from collections.abc import Sequence

from mmadvrain.utils.digest import digest_file


def contradictions(rows: Sequence[dict]) -> list[dict]:
    """Rows whose image file has the bytes of another one of another label.

    Args:
        rows: With ``img_path`` and ``gt_label``; the files are there.

    Returns:
        All of such a group, in order.
    """
    by_size: dict[int, list[dict]] = defaultdict(list)
    for row in rows:
        by_size[os.path.getsize(row['img_path'])].append(row)
    groups: dict[str, list[dict]] = defaultdict(list)
    for same_size in by_size.values():
        if len({row['gt_label'] for row in same_size}) > 1:
            for row in same_size:
                groups[digest_file(row['img_path'])].append(row)
    found = [
        id(row) for group in groups.values()
        if len({row['gt_label']
                for row in group}) > 1 for row in group
    ]
    return [row for row in rows if id(row) in set(found)]
