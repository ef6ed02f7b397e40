"""Rain in front of any model, by ``custom_hooks`` alone."""
import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.dataset import BaseDataset, ConcatDataset
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmadvrain.apis.attack import run_attack
from mmadvrain.engine.hooks.image_names import ImageNames
from mmadvrain.engine.hooks.rain_injection_hook import RainInjectionHook
from mmadvrain.functional.pixel_space import from_bgr_uint8
from mmadvrain.rain.compose import compose_rain
from mmadvrain.rain.factors import RainFactors
from mmadvrain.rain.streaks import render_streaks
from mmadvrain.rain.uniform_factors import UniformFactors
from tests.toys.made_once import toy_images, trained_weights
from tests.toys.toy_data import toy_dataset, write_toy_coco
from tests.toys.toy_detector import toy_attack, toy_config

DENSE = dict(type='mmadvrain.UniformFactors', density=0.02)


class Recorder(Hook):
    """Keeps what the model is given."""
    priority = 'VERY_LOW'

    def __init__(self):
        self.seen = []

    def _before_iter(self, runner, batch_idx, data_batch=None, mode='train'):
        for image, sample in zip(data_batch['inputs'],
                                 data_batch['data_samples']):
            self.seen.append((mode, sample.img_id, image.clone()))


def batch_of(image, dtype=torch.uint8, path='images/one.png', **meta):
    sample = DetDataSample(
        metainfo=dict(dict(img_id=3, img_path=path), **meta))
    return dict(inputs=[image.to(dtype)], data_samples=[sample])


def picture(height=24, width=36):
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (3, height, width), generator=generator)


def inject(hook, data, mode='test', step=0):
    runner = SimpleNamespace(iter=step, epoch=0)
    getattr(hook, f'before_{mode}_iter')(runner, 0, data)
    return data['inputs'][0]


def test_random_rain_is_that_of_its_factors():
    image = picture()
    data = batch_of(image)
    rainy = inject(RainInjectionHook(init=DENSE), data)
    rain, = data['injected_rain']
    name, clean, factors = rain.name, rain.clean, rain.params
    assert name == 'one'
    assert rainy.dtype == torch.uint8
    levels = image.permute(1, 2, 0).numpy().astype(np.uint8)
    assert torch.equal(clean, from_bgr_uint8(levels))
    wanted = compose_rain(clean, render_streaks(factors)).flip(0) * 255
    assert torch.equal(rainy, wanted.round().to(torch.uint8))
    assert (rainy >= image).all() and (rainy > image).any()


def test_the_callers_image_is_not_written_to():
    data = batch_of(picture())
    own = data['inputs'][0]
    inject(RainInjectionHook(init=DENSE), data)
    assert torch.equal(own, picture().to(torch.uint8))


def test_seed_and_image_decide_the_rain():

    def rain(seed=0, key=3, mode='test', step=0):
        data = batch_of(picture(), img_id=key)
        return inject(
            RainInjectionHook(init=DENSE, seed=seed), data, mode, step)

    assert torch.equal(rain(), rain(step=9))
    assert torch.equal(rain(), rain(mode='val'))
    assert not torch.equal(rain(), rain(seed=1))
    assert not torch.equal(rain(), rain(key=4))
    # in training an image comes again, with other rain
    assert not torch.equal(rain(mode='train'), rain(mode='train', step=1))
    assert torch.equal(rain(mode='train', step=1), rain(mode='train', step=1))


@pytest.mark.parametrize('options, modes',
                         [(dict(train=False), ['val', 'test']),
                          (dict(test=False), ['train'])])
def test_runs_can_be_left_alone(options, modes):
    hook = RainInjectionHook(init=DENSE, **options)
    rained = [
        mode for mode in ('train', 'val', 'test')
        if 'injected_rain' in (data := batch_of(picture()))
        or inject(hook, data, mode).ne(picture()).any()
    ]
    assert rained == modes


@pytest.mark.parametrize('probability, low, high', [(0., 0, 0), (1., 40, 40),
                                                    (0.5, 10, 30)])
def test_share_of_images(probability, low, high):
    hook = RainInjectionHook(init=DENSE, probability=probability)
    count = 0
    for key in range(40):
        data = batch_of(picture(), img_id=key)
        inject(hook, data)
        count += len(data['injected_rain'])
    assert low <= count <= high


def test_images_of_floats_are_not_rounded():
    """As PhotoMetricDistortion leaves them."""
    image = picture() * 0.37 + 20
    rainy = inject(
        RainInjectionHook(init=DENSE), batch_of(image, torch.float32))
    assert rainy.dtype == torch.float32
    wet = rainy != image
    assert wet.any() and not wet.all()
    assert (rainy[wet] != rainy[wet].round()).any()
    torch.testing.assert_close(rainy[~wet], image[~wet])


PADDED = dict(ori_shape=(24, 36), scale_factor=(1.5, 1.5), img_shape=(60, 60))


def padded_picture():
    """24 x 36 resized to 36 x 54, padded to 60 x 60 with 114."""
    image = torch.full((3, 60, 60), 114)
    image[:, :36, :54] = picture(36, 54)
    return image


def test_padding_of_a_test_pipeline_stays_dry():
    data = batch_of(padded_picture(), **PADDED)
    rainy = inject(RainInjectionHook(init=DENSE), data)
    assert (rainy[:, 36:] == 114).all() and (rainy[:, :, 54:] == 114).all()
    assert data['injected_rain'][0].params.size_hw == (36, 54)
    assert (rainy[:, :36, :54] != padded_picture()[:, :36, :54]).any()


def test_training_pipelines_are_rained_on_as_they_are():
    data = batch_of(padded_picture(), **PADDED)
    inject(RainInjectionHook(init=DENSE), data, 'train')
    assert data['injected_rain'][0].params.size_hw == (60, 60)


@pytest.fixture
def factors(tmp_path):
    found = UniformFactors(density=0.05).draw((24, 36),
                                              torch.Generator().manual_seed(1))
    for name in ('one', 'city/one', 'two'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        # told apart by their brightness
        scale = dict(one=1., two=0.5).get(name, 0.25)
        found.replace(kernels=scale * found.kernels).save(
            tmp_path / f'{name}.safetensors')
    return found


def test_given_rain_at_the_size_it_was_made_for(factors, tmp_path):
    hook = RainInjectionHook(factors=str(tmp_path))
    data = batch_of(picture(), ori_shape=(24, 36), scale_factor=(1., 1.))
    rainy = inject(hook, data)
    clean = picture().flip(0).float() / 255
    wanted = compose_rain(clean, render_streaks(factors)).flip(0) * 255
    assert torch.equal(rainy, wanted.round().to(torch.uint8))


def test_given_rain_is_resized_with_the_image(factors, tmp_path):
    hook = RainInjectionHook(factors=str(tmp_path))
    rainy = inject(hook, batch_of(padded_picture(), **PADDED))
    assert (rainy[:, 36:] == 114).all() and (rainy[:, :, 54:] == 114).all()
    layer = render_streaks(factors).permute(1, 2, 0).numpy()
    layer = cv2.resize(layer, (54, 36), interpolation=cv2.INTER_LINEAR)
    wanted = padded_picture()[:, :36, :54] / 255 + torch.from_numpy(
        layer).permute(2, 0, 1).flip(0)
    apart = rainy[:, :36, :54] - wanted.clamp(0, 1) * 255
    assert apart.abs().max() <= 0.51


@pytest.mark.parametrize('direction, axes', [('horizontal', (-1, )),
                                             ('vertical', (-2, )),
                                             ('diagonal', (-1, -2))])
def test_given_rain_is_flipped_with_the_image(factors, tmp_path, direction,
                                              axes):
    hook = RainInjectionHook(factors=str(tmp_path))
    upright = inject(hook, batch_of(picture()))
    flipped = inject(
        hook,
        batch_of(picture().flip(axes), flip=True, flip_direction=direction))
    assert torch.equal(flipped, upright.flip(axes))


def augmented(*views):
    """What TestTimeAug makes of one image, collated."""
    batches = [batch_of(image, **meta) for image, meta in views]
    return {key: [batch[key] for batch in batches] for key in batches[0]}


def test_views_of_test_time_augmentation_show_one_scene():
    image = picture()
    large = torch.zeros(3, 48, 72)
    data = augmented((image, {}), (image.flip(-1), dict(flip=True)),
                     (large, dict(scale_factor=(2., 2.), ori_shape=(24, 36))))
    runner = SimpleNamespace(iter=0)
    RainInjectionHook(init=DENSE).before_test_iter(runner, 0, data)
    alone = batch_of(image)
    inject(RainInjectionHook(init=DENSE), alone)
    first, second, third = (view[0] for view in data['inputs'])
    assert torch.equal(first, alone['inputs'][0])
    assert torch.equal(second, first.flip(-1))
    assert third.shape == (3, 48, 72) and third.any()
    assert [[rain.name for rain in view] for view in data['injected_rain']
            ] == [['one_view0'], ['one_view1'], ['one_view2']]
    assert len({id(view[0].params) for view in data['injected_rain']}) == 1


@pytest.mark.parametrize('path, scale', [('/data/images/one.jpg', 1.),
                                         ('/data/images/city/one.jpg', 0.25),
                                         ('city/one.png', 0.25),
                                         ('/data/city/images/two.jpeg', 0.5)])
def test_factors_are_found_by_the_end_of_the_path(factors, tmp_path, path,
                                                  scale):
    data = batch_of(picture(), path=path)
    inject(RainInjectionHook(factors=str(tmp_path)), data)
    assert torch.equal(data['injected_rain'][0].params.kernels,
                       scale * factors.kernels)


class TestRefused:

    def test_no_folder(self):
        with pytest.raises(
                FileNotFoundError, match='no folder of factor '
                'files at nowhere'):
            RainInjectionHook(factors='nowhere')

    def test_no_factors_of_an_image(self, factors, tmp_path):
        with pytest.raises(
                FileNotFoundError,
                match='no factor file six.safetensors '
                'of the image images/six.png in'):
            inject(
                RainInjectionHook(factors=str(tmp_path)),
                batch_of(picture(), path='images/six.png'))

    @pytest.mark.parametrize('mode', ['train', 'test'])
    def test_a_cropped_image(self, factors, tmp_path, mode):
        with pytest.raises(
                ValueError,
                match=r'wanted at least \(36, 54\) '
                r'pixels \(height, width\), but got \(24, 36\)'):
            inject(
                RainInjectionHook(factors=str(tmp_path)),
                batch_of(picture(), **PADDED), mode)

    @pytest.mark.parametrize('options, match', [
        (dict(probability=1.5), r'must be in \[0, 1\], but got 1.5'),
        (dict(compose='fog'), "must be one of .*, but got 'fog'"),
    ])
    def test_bad_options(self, options, match):
        with pytest.raises(ValueError, match=match):
            RainInjectionHook(**options)


# ---------------------------------------------------------------------------
# whole runs
# ---------------------------------------------------------------------------


@pytest.fixture(scope='module')
def attacked(tmp_path_factory):
    """An attack that was run before."""
    root = tmp_path_factory.mktemp('attacked')
    write_toy_coco(root)
    metrics = run_attack(
        toy_config(
            root,
            attack=toy_attack(2,
                              [dict(type='mmadvrain.DetectorLossObjective')])),
        str(trained_weights()))
    return root, metrics


def scores_of(root, work_dir, *hooks):
    config = toy_config(
        root,
        custom_hooks=list(hooks),
        load_from=str(trained_weights()),
        work_dir=str(work_dir))
    runner, recorder = Runner.from_cfg(config), Recorder()
    runner.register_hook(recorder)
    return runner.test(), recorder.seen


def test_a_run_with_test_time_augmentation(attacked, tmp_path):
    root, _ = attacked
    pipeline = toy_dataset(root)['pipeline']
    pipeline[-1] = dict(
        type='TestTimeAug',
        transforms=[[dict(type='RandomFlip', prob=p) for p in (1., 0.)],
                    [
                        dict(
                            type='PackDetInputs',
                            meta_keys=('img_id', 'img_path', 'ori_shape',
                                       'img_shape', 'scale_factor', 'flip',
                                       'flip_direction'))
                    ]])
    config = toy_config(
        root,
        custom_hooks=[
            dict(
                type='mmadvrain.RainInjectionHook',
                factors=str(root / 'work_dir/factors/adversarial')),
            dict(type='mmadvrain.DumpRainHook')
        ],
        load_from=str(trained_weights()),
        work_dir=str(tmp_path))
    config.test_dataloader.dataset.pipeline = pipeline
    config.model = dict(
        type='DetTTAModel',
        tta_cfg=dict(nms=dict(type='nms', iou_threshold=0.5), max_per_img=20),
        module=config.model)
    scores = Runner.from_cfg(config).test()
    assert 0 <= scores['coco/bbox_mAP'] <= 1
    for key in (11, 5):
        stored = cv2.imread(str(root / f'work_dir/adversarial/{key:06d}.png'))
        flipped, upright = (
            cv2.imread(
                str(tmp_path / f'rain/rainy/test/{key:06d}_view{i}.png'))
            for i in (0, 1))
        assert np.array_equal(upright, stored)
        assert np.array_equal(flipped, stored[:, ::-1])


def test_factors_of_an_attack_make_its_images_again(attacked, tmp_path):
    root, metrics = attacked
    scores, seen = scores_of(
        root, tmp_path,
        dict(
            type='mmadvrain.RainInjectionHook',
            factors=str(root / 'work_dir/factors/adversarial')),
        dict(type='mmadvrain.DumpRainHook'))
    assert len(seen) == 6
    for mode, key, image in seen:
        stored = cv2.imread(str(root / f'work_dir/adversarial/{key:06d}.png'))
        assert np.array_equal(image.permute(1, 2, 0).numpy(), stored)
        dumped = cv2.imread(str(tmp_path / f'rain/rainy/test/{key:06d}.png'))
        assert mode == 'test' and np.array_equal(dumped, stored)
        factors = RainFactors.load(tmp_path /
                                   f'rain/factors/test/{key:06d}.safetensors')
        assert len(factors) > 0
    for name, value in scores.items():
        assert value == pytest.approx(metrics[f'adversarial/{name}'], abs=6e-4)


def test_random_rain_in_a_test_run(attacked, tmp_path):
    root, metrics = attacked
    scores, seen = scores_of(
        root, tmp_path, dict(type='mmadvrain.RainInjectionHook', init=DENSE))
    for _, key, image in seen:
        clean = cv2.imread(str(next((root / 'images').glob(f'{key:06d}.*'))))
        assert (image.permute(1, 2, 0).numpy() > clean).any()
    dry, _ = scores_of(root, tmp_path / 'dry')
    assert dry['coco/bbox_mAP'] == pytest.approx(
        metrics['clean/coco/bbox_mAP'], abs=6e-4)
    assert scores['coco/bbox_mAP'] < dry['coco/bbox_mAP']


@pytest.mark.parametrize(
    'loop', [
        dict(type='EpochBasedTrainLoop', max_epochs=2),
        dict(type='IterBasedTrainLoop', max_iters=4)
    ],
    ids=['epochs', 'iterations'])
def test_random_rain_in_a_train_run(loop, tmp_path):
    write_toy_coco(tmp_path, num_images=2)
    by_epoch = loop['type'] == 'EpochBasedTrainLoop'
    config = toy_config(
        tmp_path,
        custom_hooks=[
            dict(type='mmadvrain.RainInjectionHook', init=DENSE),
            dict(type='mmadvrain.DumpRainHook')
        ],
        train_cfg=loop,
        train_dataloader=dict(
            batch_size=1,
            num_workers=0,
            dataset=toy_dataset(tmp_path),
            sampler=dict(
                type='DefaultSampler' if by_epoch else 'InfiniteSampler',
                shuffle=False)),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.)),
        default_hooks=dict(
            checkpoint=None,
            logger=dict(type='LoggerHook', log_metric_by_epoch=by_epoch)),
        log_processor=dict(by_epoch=by_epoch))
    runner, recorder = Runner.from_cfg(config), Recorder()
    runner.register_hook(recorder)
    runner.train()
    seen = {}
    for mode, key, image in recorder.seen:
        assert mode == 'train'
        seen.setdefault(key, []).append(image)
    assert {key: len(images) for key, images in seen.items()} == {11: 2, 5: 2}
    for key, (first, second) in seen.items():
        clean = torch.from_numpy(
            cv2.imread(str(next(
                (tmp_path / 'images').glob(f'{key:06d}.*'))))).permute(
                    2, 0, 1)
        assert (first > clean).any() and (second > clean).any()
        assert not torch.equal(first, second)
        assert (tmp_path /
                f'work_dir/rain/rainy/train/{key:06d}.png').is_file()


def test_injected_rain_has_the_name_that_an_attack_would_give():
    """Stems of files would have two images share one name."""
    dataset = toy_images().dataset
    runner = SimpleNamespace(
        iter=0, test_dataloader=SimpleNamespace(dataset=dataset))
    hook = RainInjectionHook(init=DENSE)
    found = []
    for index in range(2):
        data = batch_of(
            picture(), path=dataset.get_data_info(index)['img_path'])
        hook.before_test_iter(runner, 0, data)
        found.append(data['injected_rain'][0].name)
    assert found == ['000011', '000005']


def test_names_of_images_in_folders(tmp_path):
    infos = [f'images/{name}' for name in ('a/1.png', 'b/1.png', 'b/1.jpg')]
    (tmp_path / 'list.json').write_text(
        json.dumps(
            dict(metainfo={}, data_list=[dict(img_path=p) for p in infos])))
    dataset = BaseDataset(
        'list.json', data_root=str(tmp_path), data_prefix=dict(img_path=''))
    wrapped = ConcatDataset([dataset])
    for data in (dataset, wrapped):
        runner = SimpleNamespace(
            train_dataloader=SimpleNamespace(dataset=data))
        names = [
            ImageNames().of(runner, 'train', f'{tmp_path}/./{path}')
            for path in infos
        ]
        assert [name.removeprefix('images/')
                for name in names] == ['a/1', 'b/1.png', 'b/1.jpg']
    assert ImageNames().of(SimpleNamespace(), 'val', 'x/y.png') == 'y'


def test_factors_of_an_image_that_kept_its_suffix(tmp_path):
    small, large = (
        UniformFactors(density=d).draw((24, 36),
                                       torch.Generator().manual_seed(0))
        for d in (0.01, 0.05))
    small.save(tmp_path / 'one.safetensors')
    large.save(tmp_path / 'one.png.safetensors')
    hook = RainInjectionHook(factors=str(tmp_path))
    data = batch_of(picture(), scale_factor=(1., 1.), ori_shape=(24, 36))
    inject(hook, data)
    assert len(data['injected_rain'][0].params.kernels) == len(large.kernels)


def test_an_attack_that_was_run_before_is_whole(attacked):
    """What the tests above rely on."""
    root, _ = attacked
    content = json.loads((root / 'work_dir/results.json').read_text())
    assert content['failed'] == {} and content['num_images'] == 6
