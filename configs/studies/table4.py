# The paper's Table 4: as Table 3, on adversarially trained classifiers.
#   python tools/study.py configs/studies/table4.py --trust-checkpoint
_base_ = '../_base_/studies/table4.py'
title = 'Table 4: adversarially trained victims'
