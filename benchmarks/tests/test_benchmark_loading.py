"""The tool says what loading costs, or what was wrong."""
import json
import logging

import cv2
import numpy as np

from tests.test_tools.run_tool import ROOT, load_tool

FOLDER = ROOT / 'projects' / 'derain_comparison' / 'configs'


def test_a_training_of_a_folder(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    for name in 'ab':
        cv2.imwrite(
            str(tmp_path / f'{name}.png'), np.full((30, 30, 3), 90, np.uint8))
    main = load_tool('../benchmarks/benchmark_loading.py').main
    out = tmp_path / 'cost.json'
    config = FOLDER / 'prenet-small_augmix_4b150i_clean-folder.py'
    args = ('--workers', '0', '--iterations', '2', '--device', 'cpu', '--out',
            str(out), '--cfg-options',
            f'train_dataloader.dataset.data_root={tmp_path}',
            'train_dataloader.dataset.pipeline.1.crop_size=24')
    assert main([str(config), *args]) == 0
    found = json.loads(out.read_text())
    cost = found['costs'][config.stem]
    assert cost['batch_size'] == 4 and cost['load_s'] > 0
    assert found['machine']['device'] == 'cpu'
    assert f'| {config.stem} | 4 |' in caplog.text
    # the bank of this config is not there
    config = FOLDER / 'prenet-small_advrain_4b150i_clean-folder.py'
    assert main([str(config), *args]) == 1
    assert 'no rain bank' in caplog.text
