"""Models with masks and panoptic maps, from annotations to scores."""
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmdet.registry import METRICS
from mmdet.structures.mask import BitmapMasks
from mmengine.evaluator import BaseMetric
from mmengine.registry import DATASETS
from mmengine.structures import PixelData
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmadvrain.apis.attack import run_attack
from mmadvrain.datasets.native_images import NativeImages
from mmadvrain.victims.detector_victim import DetectorVictim
from tests.toys.made_once import trained_weights
from tests.toys.records import read_records
from tests.toys.toy_data import toy_dataset, write_toy_coco
from tests.toys.toy_detector import (
    build_toy_detector,
    toy_attack,
    toy_config,
    toy_faster_rcnn,
)

VIEWS = ('clean', 'random', 'adversarial', 'adversarial_float')
LOSS = [dict(type='mmadvrain.DetectorLossObjective')]


def toy_mask_rcnn():
    model = toy_faster_rcnn()
    model['type'] = 'MaskRCNN'
    extractor = model['roi_head']['bbox_roi_extractor']
    layer = dict(extractor['roi_layer'], output_size=8)
    model['roi_head'].update(
        mask_roi_extractor=dict(extractor, roi_layer=layer),
        mask_head=dict(
            type='FCNMaskHead',
            num_convs=1,
            in_channels=16,
            conv_out_channels=16,
            num_classes=3,
            loss_mask=dict(type='CrossEntropyLoss', use_mask=True)))
    model['train_cfg']['rcnn']['mask_size'] = 16
    model['test_cfg']['rcnn']['mask_thr_binary'] = 0.5
    model['data_preprocessor'].update(pad_mask=True)
    return model


def toy_panoptic_fpn():
    model = dict(toy_mask_rcnn(), type='PanopticFPN')
    model['semantic_head'] = dict(
        type='PanopticFPNHead',
        num_things_classes=3,
        num_stuff_classes=1,
        in_channels=16,
        inner_channels=16,
        norm_cfg=dict(type='GN', num_groups=4),
        loss_seg=dict(type='CrossEntropyLoss', ignore_index=255),
        start_level=0,
        end_level=2)
    model['panoptic_fusion_head'] = dict(
        type='HeuristicFusionHead', num_things_classes=3, num_stuff_classes=1)
    model['test_cfg']['panoptic'] = dict(mask_overlap=0.5, stuff_area_limit=64)
    model['data_preprocessor'].update(pad_seg=True, seg_pad_value=255)
    return model


def write_masks(root):
    """Give each object of the toy data its rectangle as a mask."""
    path = write_toy_coco(root)
    content = json.loads(path.read_text())
    for one in content['annotations']:
        x, y, w, h = one['bbox']
        one['segmentation'] = [[x, y, x + w, y, x + w, y + h, x, y + h]]
    path.write_text(json.dumps(content))
    return content


def write_panoptic(root):
    """The same objects on stuff named grey; every map by file name."""
    content = write_masks(root)
    root = Path(root)
    (root / 'maps').mkdir()
    categories = [dict(one, isthing=1) for one in content['categories']]
    annotations = []
    for image in content['images']:
        numbers = np.full((image['height'], image['width']), 90000)
        segments = [
            _segment(90000, 9, [0, 0, image['width'], image['height']])
        ]
        for one in content['annotations']:
            if one['image_id'] == image['id'] and not one['iscrowd']:
                x, y, w, h = map(int, one['bbox'])
                numbers[y:y + h, x:x + w] = one['id']
                segments.append(
                    _segment(one['id'], one['category_id'], one['bbox']))
        name = f'{Path(image["file_name"]).stem}.png'
        colours = np.stack([numbers >> shift & 255 for shift in (16, 8, 0)], 2)
        cv2.imwrite(str(root / 'maps' / name), colours.astype(np.uint8))
        annotations.append(
            dict(image_id=image['id'], file_name=name, segments_info=segments))
    content.update(
        annotations=annotations,
        categories=[*categories,
                    dict(id=9, name='grey', isthing=0)])
    (root / 'panoptic.json').write_text(json.dumps(content))


def _segment(number, category, box):
    return dict(
        id=number,
        category_id=category,
        bbox=box,
        area=box[2] * box[3],
        iscrowd=0)


def panoptic_dataset(root):
    classes = ('red', 'green', 'blue', 'grey')
    steps = [
        dict(type='LoadImageFromFile'),
        dict(type='Resize', scale_factor=1.0, keep_ratio=True),
        dict(type='PackDetInputs')
    ]
    return dict(
        toy_dataset(root, steps),
        type='CocoPanopticDataset',
        ann_file='panoptic.json',
        data_prefix=dict(img='images/', seg='maps/'),
        metainfo=dict(
            classes=classes,
            thing_classes=classes[:3],
            stuff_classes=classes[3:]))


def trained(model, images, path, steps=60):
    """Learn the toy images by heart, from what the plain detector knows."""
    detector = build_toy_detector(model)
    detector.load_state_dict(torch.load(trained_weights()), strict=False)
    victim = DetectorVictim.from_dataset(detector, images.dataset)
    batches = [([s.clean], [s.target]) for s in (images[i] for i in range(6))
               if len(s.target.gt_instances)]
    heads = [
        p for n, p in detector.named_parameters()
        if 'mask_head' in n or 'semantic_head' in n
    ]
    optimiser = torch.optim.Adam(heads, 1e-2)
    torch.manual_seed(0)
    for step in range(steps):
        outputs = victim.forward(*batches[step % len(batches)])
        loss = sum(v for k, v in outputs.training_losses().items()
                   if 'mask' in k or 'seg' in k)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    torch.save(detector.state_dict(), path)


@pytest.fixture(scope='module')
def masks_run(tmp_path_factory):
    """An attack of a Mask R-CNN by its mask loss alone."""
    root = tmp_path_factory.mktemp('masks')
    write_masks(root)
    images = NativeImages(
        DATASETS.build(dict(toy_dataset(root), _scope_='mmdet')),
        DetectorVictim.target)
    trained(toy_mask_rcnn(), images, root / 'weights.pth')
    loss = [dict(type='mmadvrain.DetectorLossObjective', terms=['loss_mask'])]
    config = toy_config(
        root,
        toy_mask_rcnn(),
        toy_attack(4, loss),
        test_evaluator=dict(
            type='CocoMetric',
            ann_file=str(root / 'annotations.json'),
            metric=['bbox', 'segm'],
            outfile_prefix=str(root / 'found')))
    return root, run_attack(config, str(root / 'weights.pth'))


def test_boxes_and_masks_of_every_view_are_scored(masks_run):
    root, metrics = masks_run
    assert metrics['clean/coco/segm_mAP_50'] > 0.9
    for view in VIEWS:
        truth = COCO(str(root / 'annotations.json'))
        for kind in ('bbox', 'segm'):
            found = truth.loadRes(str(root / view / f'found.{kind}.json'))
            scores = COCOeval(truth, found, kind)
            scores.evaluate()
            scores.accumulate()
            scores.summarize()
            assert metrics[f'{view}/coco/{kind}_mAP'] == pytest.approx(
                scores.stats[0], abs=1e-9)
    assert metrics['adversarial_float/coco/segm_mAP'] < metrics[
        'clean/coco/segm_mAP']


def test_the_record_keeps_masks_of_what_was_seen_in_memory(masks_run):
    root, _ = masks_run
    records = read_records(root / 'work_dir')
    assert records
    for record in records.values():
        found = record['adversarial_float']
        assert len(found['masks']) == len(found['bboxes'])
        assert all(isinstance(mask['counts'], str) for mask in found['masks'])


@METRICS.register_module(force=True)
class PixelsRight(BaseMetric):
    """Share of pixels whose class is that of the panoptic truth."""

    def __init__(self, root, **options):
        super().__init__(**options)
        self.maps = class_maps(Path(root))

    def process(self, data_batch, data_samples):
        for sample in data_samples:
            found = sample['pred_panoptic_seg']['sem_seg'][0].numpy() % 1000
            wanted = self.maps[sample['img_id']]
            assert found.shape == wanted.shape
            self.results.append(float((found == wanted).mean()))

    def compute_metrics(self, results):
        return dict(right=float(np.mean(results)))


def class_maps(root):
    """Label of each pixel, from the boxes of the objects."""
    content = json.loads((root / 'annotations.json').read_text())
    maps = {
        image['id']: np.full((image['height'], image['width']), 3, np.uint8)
        for image in content['images']
    }
    for one in content['annotations']:
        if not one['iscrowd']:
            x, y, w, h = map(int, one['bbox'])
            maps[one['image_id']][y:y + h,
                                  x:x + w] = [1, 3,
                                              7].index(one['category_id'])
    return maps


@pytest.fixture(scope='module')
def panoptic(tmp_path_factory):
    root = tmp_path_factory.mktemp('panoptic')
    write_panoptic(root)
    images = NativeImages(
        DATASETS.build(dict(panoptic_dataset(root), _scope_='mmdet')),
        DetectorVictim.target)
    trained(toy_panoptic_fpn(), images, root / 'weights.pth')
    return root, images


def test_the_loss_of_a_panoptic_model_is_that_of_its_training_step(panoptic):
    root, images = panoptic
    detector = build_toy_detector(toy_panoptic_fpn())
    victim = DetectorVictim.from_dataset(detector, images.dataset)
    sample = images[0]
    with victim.frozen(), torch.no_grad():
        torch.manual_seed(1)
        terms = victim.forward([sample.clean],
                               [sample.target]).training_losses()
    # the truth drawn by hand
    wanted_map = class_maps(root)[sample.key]
    target = images[0].target.clone()
    boxes = target.gt_instances.bboxes.int().tolist()
    masks = np.zeros((len(boxes), *wanted_map.shape), np.uint8)
    for mask, (x1, y1, x2, y2) in zip(masks, boxes):
        mask[y1:y2, x1:x2] = 1
    target.gt_instances.masks = BitmapMasks(masks, *wanted_map.shape)
    target.gt_sem_seg = PixelData(sem_seg=torch.from_numpy(wanted_map)[None])
    detector.train()
    for module in detector.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    image = (sample.clean * 255).round().flip(0)
    data = detector.data_preprocessor(
        dict(inputs=[image], data_samples=[target]), True)
    with torch.no_grad():
        torch.manual_seed(1)
        losses = detector(**data, mode='loss')
    _, wanted = detector.parse_losses(losses)
    assert set(terms) == set(wanted) - {'loss', 'acc'}
    assert {'loss_seg', 'loss_mask'} < set(terms)
    for name, value in terms.items():
        assert float(value) == pytest.approx(
            float(wanted[name]), rel=1e-4, abs=1e-5), name


def test_panoptic_maps_of_every_view_are_scored(panoptic):
    root, _ = panoptic
    loss = [dict(type='mmadvrain.DetectorLossObjective', terms=['loss_seg'])]
    config = toy_config(
        root,
        toy_panoptic_fpn(),
        toy_attack(4, loss),
        test_evaluator=dict(type='PixelsRight', root=str(root)))
    config.test_dataloader.dataset = panoptic_dataset(root)
    metrics = run_attack(config, str(root / 'weights.pth'))
    right = [metrics[f'{view}/right'] for view in VIEWS]
    assert right[0] > 0.9 and right[2] < right[0]
    assert right[3] == pytest.approx(right[2], abs=0.05)


def test_panoptic_quality_is_mmdetections_own(panoptic, tmp_path):
    pytest.importorskip('panopticapi', reason='the metric wants it')
    root, _ = panoptic
    config = toy_config(
        root,
        toy_panoptic_fpn(),
        toy_attack(2, LOSS),
        work_dir=str(tmp_path),
        test_evaluator=dict(
            type='CocoPanopticMetric',
            ann_file=str(root / 'panoptic.json'),
            seg_prefix=str(root / 'maps')))
    config.test_dataloader.dataset = panoptic_dataset(root)
    metrics = run_attack(config, str(root / 'weights.pth'))
    quality = [metrics[f'{view}/coco_panoptic/PQ'] for view in VIEWS]
    assert quality[0] > 50 and quality[2] < quality[0]


def test_missing_maps_are_said_before_any_work(panoptic):
    root, _ = panoptic
    config = toy_config(
        root,
        toy_panoptic_fpn(),
        toy_attack(1, LOSS),
        work_dir=str(root / 'refused'),
        test_evaluator=dict(type='PixelsRight', root=str(root)))
    config.test_dataloader.dataset = dict(
        panoptic_dataset(root), data_prefix=dict(img='images/'))
    with pytest.raises(ValueError, match='compares masks, but not'):
        run_attack(config, str(root / 'weights.pth'))
    assert not list((root / 'refused').glob('**/records/*'))
