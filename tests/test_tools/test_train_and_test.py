"""Training and testing a detector by the tools, once each."""
import json

import pytest
from mmengine.config import Config

from tests.test_tools.run_tool import ROOT, run_tool

CONFIG = str(ROOT / 'projects' / 'street_scenes' / 'configs' /
             'faster-rcnn_r18-slim_fpn_street-scenes.py')


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A run of one epoch of two images."""
    folder = tmp_path_factory.mktemp('run')
    options = [
        f'data_root={folder}/',
        f'train_dataloader.dataset.data_root={folder}/',
        f'val_dataloader.dataset.data_root={folder}/',
        f'test_dataloader.dataset.data_root={folder}/',
        f'val_evaluator.ann_file={folder}/annotations/val.json',
        f'test_evaluator.ann_file={folder}/annotations/val.json',
        'train_dataloader.dataset.num_images=2',
        'train_dataloader.batch_size=2', 'val_dataloader.dataset.num_images=1',
        'test_dataloader.dataset.num_images=1', 'train_cfg.max_epochs=1',
        'train_cfg.val_interval=1'
    ]
    done = run_tool('train.py', CONFIG, '--work-dir', folder / 'work',
                    '--cfg-options', *options)
    return folder, options, done


def test_train_writes_a_checkpoint_and_scores_it(trained):
    folder, _, done = trained
    assert done.returncode == 0, done.stderr[-2000:]
    assert (folder / 'work/epoch_1.pth').is_file()
    assert 'coco/bbox_mAP_50' in done.stdout


def test_test_reads_it_and_scores_the_same(trained):
    folder, options, trained_run = trained
    done = run_tool('test.py', CONFIG, folder / 'work/epoch_1.pth',
                    '--work-dir', folder / 'test', '--out',
                    folder / 'found.pkl', '--cfg-options', *options)
    assert done.returncode == 0, done.stderr[-2000:]
    assert (folder / 'found.pkl').is_file()
    scores = []
    for place in ('work', 'test'):
        lines = [
            json.loads(line) for path in sorted((folder / place).glob('*'))
            for file in path.rglob('*.json')
            for line in file.read_text().splitlines()
        ]
        found = [x for x in lines if 'coco/bbox_mAP_50' in x]
        scores.append(found[-1]['coco/bbox_mAP_50'])
    assert scores[0] == scores[1]


def test_out_wants_a_pickle_file():
    done = run_tool('test.py', CONFIG, 'some.pth', '--out', 'found.json')
    assert done.returncode == 2
    assert '--out wants a .pkl or .pickle file' in done.stderr


def test_what_mmdetection_refuses_ends_the_run(tmp_path):
    config = Config.fromfile(CONFIG)
    config.pop('auto_scale_lr')
    config.dump(tmp_path / 'config.py')
    done = run_tool('train.py', tmp_path / 'config.py', '--auto-scale-lr')
    assert done.returncode == 1
    assert 'Can not find "auto_scale_lr"' in done.stderr


@pytest.mark.parametrize('tool', ['train.py', 'test.py'])
def test_the_arguments_are_those_of_mmdetection(tool):
    done = run_tool(tool, '--help')
    assert done.returncode == 0
    assert '--cfg-options' in done.stdout and '--launcher' in done.stdout
