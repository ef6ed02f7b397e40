import numpy as np
import pytest

from mmadvrain.utils.checks import check_counts


def test_counts():
    check_counts(stages=1, width=np.int64(3))
    for bad, match in ((0, 'stages must be at least 1, but got 0'),
                       (2.5, 'stages must be an integer, but got 2.5'),
                       ('2', "stages must be an integer, but got '2'")):
        with pytest.raises(ValueError, match=match):
            check_counts(width=1, stages=bad)
