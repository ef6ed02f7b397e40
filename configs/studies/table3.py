# The paper's Table 3: noise and rain by the same rules.
#   python tools/study.py configs/studies/table3.py --only attacks
_base_ = '../_base_/studies/table3.py'
title = 'Table 3: rules for noise and rain'
