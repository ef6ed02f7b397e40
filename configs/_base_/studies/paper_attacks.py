# The attacks of the paper's Tables 5 and 6, in its order. UEA's generator is
# to be trained first, on the data of the table, which names the config that
# attacks with it.
attacks = dict(
    RAP=dict(attack='../attacks/rap.py', views=['adversarial']),
    UEA=dict(
        attack='../../projects/uea/configs/_base_/attack.py',
        views=['adversarial']),
    AdvRain='../attacks/advrain_rap.py')
# Algorithm 2 to the letter
attacks['AdvRain as written'] = '../attacks/advrain_paper.py'
# "mAP with IoU 0.7 and with the PASCAL criteria": the first is how the code
# of the detectors that the paper attacks computes it, see PascalMetric
metrics = [
    'pascal/mAP_0.7_11point_plus1', 'pascal/mAP_0.7_area_plus1',
    'pascal/mAP_0.7_area', 'pascal/mAP_0.5_area'
]
