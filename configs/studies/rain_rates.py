# AP over the rain's rate in mm/h, random and worst rain; of any detector, with
# the camera of its data, by
#   python tools/study.py configs/studies/rain_rates.py \
#       --source CONFIG CHECKPOINT \
#       --cfg-options test_cfg.attack.perturbation.rain.camera=kitti
_base_ = '../_base_/studies/rates.py'
title = 'AP over the rate of rain, random and worst'
