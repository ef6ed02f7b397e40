# The paper's factors within what a camera can see: no streak is brighter than
# its exposure allows, and records have the weather (docs/physics.md).
_base_ = ['./advrain.py']
attack_loop = dict(
    attack=dict(
        perturbation=dict(
            camera='coco',
            init=dict(contrast=0.8),
            # kernels are at most 0.8 / 50 on images of COCO's size
            step_sizes=dict(kernels=0.002))))
