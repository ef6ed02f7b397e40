# Victims and numbers of the paper's Table 3.
_base_ = ['./classifiers.py', './more_rules.py']
victims = {
    name: _base_.models[name]
    for name in ('Inc-v3', 'Inc-v4', 'IncRes-v2', 'Xception')
}
_published = ((79.6, 35.9, 30.6, 42.1), (97.8, 47.1, 46.4, 47.7),
              (98.6, 54.3, 50.1, 62.5), (98.3, 73.8, 67.8, 71.6),
              (98.5, 76.4, 69.5, 74.2), (75.4, 37.3, 32.1, 38.6),
              (97.9, 52.4, 47.9, 44.6), (98.5, 75.2, 69.2, 61.3), (98.8, 79.8,
                                                                   74.3, 66.2))
paper = dict(
    table='Table 3',
    metric='cls/success_all',
    values=dict(
        attacks={
            row: dict(zip(victims, values))
            for row, values in zip(_base_.attacks, _published)
        }))
