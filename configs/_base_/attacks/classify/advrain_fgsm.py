# AdvRain-FGSM: one step, by which every factor goes to the end of its range.
_base_ = '../advrain_fgsm.py'
attack_loop = dict(
    victim=dict(type='mmadvrain.ClassifierVictim'),
    attack=dict(
        objectives=[dict(type='mmadvrain.CrossEntropyObjective')],
        rules=[dict(type='mmadvrain.SignRule')]))
