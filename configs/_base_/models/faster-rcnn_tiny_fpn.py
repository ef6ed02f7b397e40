# A Faster R-CNN of 1 to 2 million parameters, without a backbone, for pictures
# of 416 x 256 pixels: narrow pyramid from stride 8, few proposals, few and
# small RoIs, so that it trains on a CPU, where NMS and RoIAlign take most of
# the time.
_base_ = 'mmdet::_base_/models/faster-rcnn_r50_fpn.py'
channels = 64
model = dict(
    backbone=dict(init_cfg=None),
    neck=dict(
        out_channels=channels,
        num_outs=4,
        norm_cfg=dict(type='BN', requires_grad=True)),
    rpn_head=dict(
        in_channels=channels,
        feat_channels=channels,
        anchor_generator=dict(
            scales=[2, 2.83], ratios=[0.6, 1.2, 2.5], strides=[8, 16, 32,
                                                               64])),
    roi_head=dict(
        bbox_roi_extractor=dict(
            roi_layer=dict(output_size=5, sampling_ratio=2),
            out_channels=channels,
            featmap_strides=[8, 16, 32],
            finest_scale=40),
        bbox_head=dict(
            in_channels=channels,
            roi_feat_size=5,
            fc_out_channels=256,
            num_classes=4,
            reg_class_agnostic=True)),
    train_cfg=dict(
        rpn=dict(sampler=dict(num=128)),
        rpn_proposal=dict(nms_pre=150, max_per_img=100),
        rcnn=dict(sampler=dict(num=48, pos_fraction=0.35))),
    test_cfg=dict(
        rpn=dict(nms_pre=300, max_per_img=150),
        rcnn=dict(score_thr=0.05, max_per_img=50)))
