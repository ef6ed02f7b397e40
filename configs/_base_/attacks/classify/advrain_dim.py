# AdvRain-DIM, Algorithm 1 of the paper: the sign of the image
# gradient is handed back to the rain's factors.
_base_ = '../advrain.py'
attack_loop = dict(
    victim=dict(type='mmadvrain.ClassifierVictim'),
    attack=dict(
        objectives=[dict(type='mmadvrain.CrossEntropyObjective')],
        rules=[
            dict(type='mmadvrain.DiverseInputRule', prob=0.5, ratio=330 / 299),
            dict(type='mmadvrain.MomentumRule', decay=1.0),
            dict(type='mmadvrain.SignRule')
        ]))
