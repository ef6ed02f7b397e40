# Clean AP, AP in random rain and AP under attack, before and after training
# in rain; the others are trained first with tools/train.py and the configs
# beside this file.
#   python tools/study.py projects/street_scenes/configs/robust/study.py
_base_ = '../_base_/study.py'
title = 'Training in rain, street scenes (a demonstration, no benchmark)'
