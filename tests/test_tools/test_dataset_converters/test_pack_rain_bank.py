import pytest
import torch

from mmadvrain.rain.bank import RainBank
from tests.literal_rain import some_factors
from tests.test_tools.run_tool import load_tool, run_tool

TOOL = 'dataset_converters/pack_rain_bank.py'


def test_pack(tmp_path):
    for i in range(3):
        some_factors(
            seed=i, dtype=torch.float32).save(tmp_path /
                                              f'run/factors/{i}.safetensors')
    out = tmp_path / 'bank'
    done = run_tool(TOOL, tmp_path / 'run',
                    tmp_path / 'run/factors/0.safetensors', out)
    assert done.returncode == 0, done.stderr
    assert '4 layers' in done.stderr
    bank = RainBank(out)
    assert torch.equal(
        bank.get(1).kernels,
        some_factors(seed=1, dtype=torch.float32).kernels)
    assert torch.equal(bank.get(0).noise, bank.get(3).noise)


def test_what_is_wrong_is_said(tmp_path):
    main = load_tool(TOOL).main
    with pytest.raises(FileNotFoundError, match='no factor files'):
        main([str(tmp_path / 'nothing'), str(tmp_path / 'bank')])
