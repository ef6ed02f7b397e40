# The worst rain of 10 mm/h.
_base_ = './advrain_physical_25mmh.py'
attack_loop = dict(attack=dict(perturbation=dict(rain=dict(rate_mm_h=10.))))
