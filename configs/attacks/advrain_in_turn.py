# RAP and DAG by the inner loop of Algorithm 2 read literally: the factors step
# after each objective. Twenty forward passes, as elsewhere, are ten rounds.
_base_ = ['./advrain_rap.py', '../_base_/objectives/dag.py']
_base_.attack_loop.attack.objectives.append(
    dict(_base_.dag_objective, max_targets=64))
_base_.attack_loop.attack.in_turn = True
attack_loop = _base_.attack_loop
