# Classification behind each of the derainers that compare.py has trained:
# top-1 on clean images, in random rain, and under an attack on the bare
# classifier.
#   python tools/study.py \
#     projects/derain_comparison/configs/study_classification.py
# Another classifier wants a config for each of the two variables.
_base_ = './_base_/trained.py'
bare = '../../../configs/classify/advrain_inc-v3_neurips17.py'
defended = '../../../configs/defend/prenet_inc-v3_neurips17.py'
sources = dict(bare=dict(config=bare))
victims = dict(
    bare=dict(config=bare),
    **{
        name: dict(config=defended, model=dict(derainer=derainer))
        for name, derainer in _base_.derainers.items()
    })
attacks = dict(AdvRain=dict())
metrics = ['cls/top1', 'cls/success_all']
