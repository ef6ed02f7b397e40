"""Sums that tell results apart."""
import hashlib

import pytest
import torch

from mmadvrain.utils.digest import (
    digest_file,
    digest_files,
    digest_tensors,
    digest_text,
)


def test_text_whatever_the_order():
    assert digest_text(dict(a=1, b=[2])) == digest_text(dict(b=[2], a=1))
    assert digest_text(dict(a=1)) != digest_text(dict(a=2))
    assert digest_text([1j]) != digest_text([2j])


def test_file_as_sha256sum_prints_it(tmp_path):
    content = bytes(range(256)) * 5000  # more than one block
    (tmp_path / 'a').write_bytes(content)
    assert digest_file(tmp_path / 'a') == hashlib.sha256(content).hexdigest()
    with pytest.raises(FileNotFoundError, match='wanted a file at .*none'):
        digest_file(tmp_path / 'none')


def test_files_by_name_and_content(tmp_path):
    (tmp_path / 'a').write_bytes(b'1')
    (tmp_path / 'b').write_bytes(b'1')
    one = digest_files([('x', tmp_path / 'a')])
    assert one == digest_files([('x', tmp_path / 'b')])
    assert one != digest_files([('y', tmp_path / 'a')])
    (tmp_path / 'b').write_bytes(b'2')
    assert one != digest_files([('x', tmp_path / 'b')])
    assert one != digest_files([('x', tmp_path / 'none')])


def test_tensors_by_name_type_shape_and_every_bit():
    value = torch.arange(6.).reshape(2, 3)
    known = digest_tensors([('a', value)])
    assert known == digest_tensors([('a', value.t().contiguous().t())])
    for other in (('b', value), ('a', value.double()), ('a', value.t()),
                  ('a', value.nextafter(value + 1)), ('a', -value)):
        assert digest_tensors([other]) != known
    # a zero has a sign, a scalar a shape, and bfloat16 no NumPy type
    assert digest_tensors([('a', torch.tensor(0.))
                           ]) != digest_tensors([('a', torch.tensor(-0.))])
    assert digest_tensors([('a', value.bfloat16())]) != known
    assert digest_tensors([('a', 'text')]) != digest_tensors([('a', 'other')])
