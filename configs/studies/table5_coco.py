# The paper's Table 5: white box on VGG16, transferred to four detectors, on
# COCO minival. All five, and UEA's generator, are to be trained first with
# tools/train.py.
#   python tools/study.py configs/studies/table5_coco.py
_base_ = '../_base_/studies/table5.py'
title = 'Table 5: COCO minival'
