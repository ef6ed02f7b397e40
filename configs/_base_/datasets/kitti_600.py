# KITTI's 2D object benchmark at short side 600, long side at most 1000, not
# rounded to grey levels, by the usual split of the 7,481 labelled images:
# 3,712 to train, 3,769 to score. All are scored, trained on or not, with
#   test_dataloader.dataset.ann_file=''
dataset_type = 'mmadvrain.KittiDataset'
data_root = 'data/kitti/'
meta_keys = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor')
train_pipeline = [
    dict(type='LoadImageFromFile', to_float32=True),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='Resize', scale=(1000, 600), keep_ratio=True),
    dict(type='RandomFlip', prob=0.5),
    dict(
        type='PackDetInputs', meta_keys=meta_keys + ('flip', 'flip_direction'))
]
test_pipeline = [
    dict(type='LoadImageFromFile', to_float32=True),
    dict(type='Resize', scale=(1000, 600), keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True),
    # the metrics want the truth as it was read
    dict(
        type='PackDetInputs',
        meta_keys=meta_keys + ('instances', 'kitti_annotations'))
]
train_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    batch_sampler=None,
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='ImageSets/train.txt',
        filter_cfg=dict(filter_empty_gt=True, min_size=32),
        pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='ImageSets/val.txt',
        test_mode=True,
        pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = [
    dict(type='mmadvrain.KittiMetric'),
    dict(type='mmadvrain.PascalMetric')
]
test_evaluator = val_evaluator
