# Steps, rules, kernels and positions of the rain; of any model by
#   python tools/study.py configs/studies/looks.py --source CONFIG CHECKPOINT
_base_ = '../_base_/studies/looks.py'
title = 'What else decides an attack with rain'
