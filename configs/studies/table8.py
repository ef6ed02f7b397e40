# The paper's Table 8, with the adaptive attack that it lacks: top-1 of
# classifiers on clean, rainy, attacked and derained images.
#   python tools/study.py configs/studies/table8.py
_base_ = '../_base_/studies/table8.py'
title = 'Table 8: classifiers bare and behind PReNet'
