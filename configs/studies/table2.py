# The paper's Table 2: random and adversarial rain of the same area, and of
# the same L2 and mean brightness besides.
#   python tools/study.py configs/studies/table2.py
_base_ = '../_base_/studies/magnitude.py'
title = 'Table 2: rain of equal magnitude'
