"""The check of the stages a backbone returns."""
import pytest

from mmadvrain.models.backbones.published import check_out_indices


@pytest.mark.parametrize('good', [(0, ), [0, 2], (0, 1, 2)])
def test_accepts(good):
    assert check_out_indices(good, 3) is None


@pytest.mark.parametrize('bad', [(), (3, ), (-1, ), (1, 1), (2, 0)])
def test_refuses_values(bad):
    with pytest.raises(ValueError, match='rising numbers from 0 to 2'):
        check_out_indices(bad, 3)


@pytest.mark.parametrize('bad', [1, None, (0.5, ), '01'])
def test_refuses_types(bad):
    with pytest.raises(TypeError, match='list or tuple of int, but got'):
        check_out_indices(bad, 3)
