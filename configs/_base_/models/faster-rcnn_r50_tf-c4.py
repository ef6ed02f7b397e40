# Faster R-CNN with the settings of tf-faster-rcnn and of its port
# ruotianluo/pytorch-faster-rcnn, whose detectors RAP and the paper attack
# ("tf-c4": one map of stride 16). Only what differs from MMDetection's C4 is
# written here. The networks are equal to those of the port, whose weights
# tools/model_converters/tf_faster_rcnn.py reads (docs/detectors.md).
_base_ = 'mmdet::_base_/models/faster-rcnn_r50-caffe-c4.py'
model = dict(
    # BGR less the mean of py-faster-rcnn; a batch is one image, not padded
    data_preprocessor=dict(
        mean=[102.9801, 115.9465, 122.7717], pad_size_divisor=1),
    rpn_head=dict(
        feat_channels=512,
        # 12 anchors per place
        anchor_generator=dict(
            type='mmadvrain.RoundedAnchorGenerator',
            center_offset=0.5,
            scales=[4, 8, 16, 32]),
        bbox_coder=dict(type='mmadvrain.InclusiveBBoxCoder'),
        # softmax over object and background
        loss_cls=dict(use_sigmoid=False),
        loss_bbox=dict(type='SmoothL1Loss', beta=1.0 / 9.0)),
    roi_head=dict(
        # layer4 keeps the 7x7 of its regions; MMDetection crops 14x14 and has
        # stride 2
        shared_head=dict(stride=1),
        bbox_roi_extractor=dict(
            _delete_=True,
            type='mmadvrain.CropAndResizeExtractor',
            out_channels=1024,
            output_size=7),
        bbox_head=dict(
            type='mmadvrain.NativeBBoxHead',
            bbox_coder=dict(type='mmadvrain.InclusiveBBoxCoder'),
            loss_bbox=dict(type='SmoothL1Loss', beta=1.0))),
    train_cfg=dict(
        # anchors that leave the image are not trained; their edges are whole
        # numbers, which have to be less than size and border
        rpn=dict(allowed_border=0.5),
        # 256 regions per image, ground truth not among them
        rcnn=dict(sampler=dict(num=256, add_gt_as_proposals=False))),
    test_cfg=dict(
        rpn=dict(max_per_img=300),
        # no threshold on the score
        rcnn=dict(score_thr=0., nms=dict(iou_threshold=0.3))))
