# Victims and numbers of the paper's Table 4. timm has one of the three; the
# ensembles of three and four are TorchScript files, which
# tools/model_converters/slim_inception_v3.py makes.
_base_ = ['./classifiers.py', './rules.py']
victims = {
    name:
    dict(
        _base_.models['Inc-v3'],
        model=dict(
            input_size=299,
            network=dict(
                _delete_=True,
                type='mmadvrain.TorchScriptNetwork',
                file=f'weights/{stem}.ts.pt')))
    for name, stem in (('Inc-v3ens3', 'inc-v3-ens3'), ('Inc-v3ens4',
                                                       'inc-v3-ens4'))
}
victims['IncRes-v2ens'] = _base_.models['IncRes-v2ens']
_published = ((13.7, 14.5, 6.8), (15.9, 16.3, 7.0), (65.7, 68.2, 59.2),
              (17.9, 21.8, 9.7), (67.6, 69.5, 61.4), (15.2, 15.7, 10.2),
              (22.8, 24.6, 14.8), (29.6, 31.9, 22.0), (69.8, 69.1, 63.3))
paper = dict(
    table='Table 4',
    metric='cls/success_all',
    values=dict(
        attacks={
            row: dict(zip(victims, values))
            for row, values in zip(_base_.attacks, _published)
        }))
