# What light and fog add to the worst rain of 25 mm/h, by day, in fog, at night
# and before a lamp; of any detector by adding --source CONFIG CHECKPOINT to
#   python tools/study.py configs/studies/rain_light.py
_base_ = '../_base_/studies/light.py'
title = 'Light and fog: random and worst rain of 25 mm/h'
