# The 24 rendered street scenes of demo/: a demonstration that needs no data,
# and stands in for nobody's benchmark.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(416, 256), keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape',
                   'scale_factor'))
]
test_dataloader = dict(
    batch_size=4,
    num_workers=0,
    persistent_workers=False,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='CocoDataset',
        data_root='demo/',
        ann_file='annotations.json',
        data_prefix=dict(img='images/'),
        metainfo=dict(
            classes=('Car', 'Van', 'Pedestrian', 'Cyclist'),
            palette=[(31, 119, 180), (255, 127, 14), (44, 160, 44),
                     (214, 39, 40)]),
        test_mode=True,
        pipeline=test_pipeline))
test_evaluator = dict(
    type='CocoMetric',
    ann_file='demo/annotations.json',
    metric='bbox',
    format_only=False)
test_cfg = dict(type='TestLoop')
