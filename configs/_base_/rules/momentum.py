# The momentum of MI-FGSM.
momentum_rule = dict(type='mmadvrain.MomentumRule', decay=1.0)
