# TI-DIM, against the cross-entropy of a classifier.
_base_ = '../tidim.py'
attack_loop = dict(
    task=dict(type='mmadvrain.ClassificationTask'),
    attack=dict(objectives=[dict(type='mmadvrain.CrossEntropyObjective')]))
