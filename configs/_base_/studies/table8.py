# Table 8: classifiers bare and behind PReNet, Inc-v3 under attack. Random rain
# of the attack's area is the paper's rainy images; rows of the bare Inc-v3 are
# attacks that know nothing of PReNet, those of `PReNet, Inc-v3` adaptive ones.
_base_ = ['./classifiers.py', '../models/prenet_rain100h.py']
_names = ('Inc-v3', 'Inc-v4', 'IncRes-v2', 'Xception')
victims = {name: _base_.models[name] for name in _names}
victims.update({
    f'PReNet, {name}':
    dict(_base_.models[name], model=dict(derainer=_base_.derainer))
    for name in _names
})
sources = {name: victims[name] for name in ('Inc-v3', 'PReNet, Inc-v3')}
attacks = dict(AdvRain=dict())
metrics = ['cls/top1', 'cls/success_all']
_rainy = (54.5, 56.8, 58.4, 56.0, 82.4, 84.3, 85.6, 84.7)
paper = dict(
    table='Table 8',
    metric='cls/top1',
    values=dict(
        clean=dict(zip(_names, (95.9, 97.1, 99.8, 96.0))),
        attacks={'Inc-v3: random (AdvRain)': dict(zip(victims, _rainy))}))
