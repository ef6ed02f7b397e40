# DAG as in the released code, which goes on pushing targets that are named
# their wrong class with a probability below 0.8.
_base_ = './dag.py'
attack_loop = dict(
    attack=dict(objectives=[dict(_base_.dag_objective, strong_prob=0.8)]))
