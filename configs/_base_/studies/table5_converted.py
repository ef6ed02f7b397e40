# Table 5 on weights that mmadvrain tf_faster_rcnn has converted.
_base_ = './table5.py'
attacks = dict(
    UEA=dict(attack='../../projects/uea/configs/'
             'uea_faster-rcnn_vgg16_tf-c4-converted_coco.py'))
parts = {
    'FR-v16': 'vgg16_tf-c4_490k',
    'FR-mn': 'mobilenet-v1_tf-c4_1190k',
    'FR-rn50': 'r50_tf-c4_1190k',
    'FR-rn101': 'r101_tf-c4_1190k',
    'FR-rn152': 'r152-caffe_tf-c4_1190k'
}
victims = {
    name:
    dict(
        config=f'../detectors/faster-rcnn_{part}_coco.py',
        checkpoint=f'checkpoints/faster-rcnn_{part}_coco.pth')
    for name, part in parts.items()
}
sources = {'FR-v16': victims['FR-v16']}
