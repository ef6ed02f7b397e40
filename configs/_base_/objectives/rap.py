# RAP's objective, against the proposals of a two-stage detector.
rap_objective = dict(type='mmadvrain.RAPObjective')
