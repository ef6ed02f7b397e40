# Clean AP, AP in random rain and AP under attack, before and after training
# in rain; the others are trained first with tools/train.py configs/robust/...
#   python tools/transfer.py configs/transfer/robust_street-scenes.py
_base_ = '../_base_/transfer/robust.py'
title = 'Training in rain, street scenes (a demonstration, no benchmark)'
