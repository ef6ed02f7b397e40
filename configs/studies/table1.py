# The paper's Table 1 and Fig. 4: what the bounds of the rain factors do.
#   python tools/study.py configs/studies/table1.py
_base_ = '../_base_/studies/factors.py'
title = 'Table 1: bounds of the rain factors, Inc-v3'
