# The paper's Table 6: as Table 5 on KITTI, here on the usual validation split
# since our detectors and UEA's generator are trained on the other half.
#   python tools/study.py configs/studies/table6_kitti.py
_base_ = '../_base_/studies/table6.py'
title = 'Table 6: KITTI val'
