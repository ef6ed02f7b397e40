# DAG's objective: every target of a two-stage detector to a wrong class.
dag_objective = dict(type='mmadvrain.DAGObjective')
