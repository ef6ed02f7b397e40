# AdvRain-TI-MI-FGSM, Algorithm 1 of the paper: the sign of the image
# gradient is handed back to the rain's factors.
_base_ = '../advrain.py'
attack_loop = dict(
    victim=dict(type='mmadvrain.ClassifierVictim'),
    attack=dict(
        objectives=[dict(type='mmadvrain.CrossEntropyObjective')],
        rules=[
            dict(
                type='mmadvrain.GaussianSmoothingRule',
                kernel_size=15,
                nsig=3.),
            dict(type='mmadvrain.MomentumRule', decay=1.0),
            dict(type='mmadvrain.SignRule')
        ]))
