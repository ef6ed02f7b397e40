# Faster R-CNN R-50-FPN behind DRSformer. An attack on it is adaptive: its
# gradient passes through both.
_base_ = [
    '../detectors/faster-rcnn_r50_fpn_1x_coco.py',
    '../_base_/models/drsformer_rain200h.py'
]
model = dict(
    data_preprocessor=dict(
        _delete_=True,
        type='mmadvrain.DerainingPreprocessor',
        base={{_base_.model.data_preprocessor}},
        derainer={{_base_.derainer}}))
