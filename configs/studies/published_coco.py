# The paper's attacks, less UEA, on detectors whose weights anyone can fetch
# today: MMDetection's R50-C4, the kind that the paper attacks, and two FPNs.
#   python tools/study.py configs/studies/published_coco.py
_base_ = '../_base_/studies/published.py'
title = 'COCO val2017, published weights'
