# The classifiers of the paper's Tables 1 to 4, with timm's weights, on
# NeurIPS'17 DEV. Inc-v3 is under attack.
_folder = '../classify/advrain_'
models = {
    name: dict(config=f'{_folder}{stem}_neurips17.py')
    for name, stem in (('Inc-v3', 'inc-v3'), ('Inc-v4', 'inc-v4'),
                       ('IncRes-v2', 'incres-v2'), ('Xception', 'xception'),
                       ('IncRes-v2ens', 'incres-v2-ens'))
}
sources = {'Inc-v3': models['Inc-v3']}
metrics = ['cls/success_all', 'cls/success_on_correct']
