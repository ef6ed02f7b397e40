"""Training and testing a detector by the tools, once each."""
import json

import pytest
from mmengine.config import Config

from tests.test_tools.run_tool import ROOT, load_tool, run_tool

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


@pytest.fixture
def arguments(monkeypatch):

    def parse(tool, *args):
        monkeypatch.setattr('sys.argv', ['tool', *args])
        monkeypatch.setenv('LOCAL_RANK', '0')
        return tool.build_config(tool.parse_args())

    return parse


def test_train_arguments_reach_the_config(arguments):
    tool = load_tool('train.py')
    cfg = arguments(tool, CONFIG)
    assert cfg.work_dir.endswith('work_dirs/' + CONFIG.split('/')[-1][:-3])
    assert not cfg.resume and cfg.launcher == 'none'
    cfg = arguments(tool, CONFIG, '--work-dir', 'here', '--amp',
                    '--auto-scale-lr', '--resume', '--launcher', 'slurm',
                    '--cfg-options', 'train_cfg.max_epochs=3')
    assert cfg.work_dir == 'here' and cfg.launcher == 'slurm'
    assert cfg.optim_wrapper.type == 'AmpOptimWrapper'
    assert cfg.optim_wrapper.loss_scale == 'dynamic'
    assert cfg.auto_scale_lr.enable
    assert cfg.resume and cfg.load_from is None
    assert cfg.train_cfg.max_epochs == 3
    cfg = arguments(tool, CONFIG, '--resume', 'last.pth')
    assert cfg.resume and cfg.load_from == 'last.pth'


def test_train_cannot_scale_without_a_batch_size(arguments, tmp_path):
    config = Config.fromfile(CONFIG)
    config.pop('auto_scale_lr')
    config.dump(tmp_path / 'config.py')
    with pytest.raises(ValueError, match='wants auto_scale_lr'):
        arguments(
            load_tool('train.py'), str(tmp_path / 'config.py'),
            '--auto-scale-lr')


def test_test_arguments_reach_the_config(arguments):
    tool = load_tool('test.py')
    cfg = arguments(tool, CONFIG, 'some.pth', '--tta', '--show-dir', 'painted')
    assert cfg.load_from == 'some.pth'
    assert cfg.default_hooks.visualization.draw
    assert cfg.model.type == 'DetTTAModel'
    assert cfg.model.module.type == 'FasterRCNN'
    last = cfg.test_dataloader.dataset.pipeline[-1]
    assert last.type == 'TestTimeAug'
    assert [flip.prob for flip in last.transforms[0]] == [1.0, 0.0]
