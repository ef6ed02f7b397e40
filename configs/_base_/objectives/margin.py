# The margin of every class that a two-stage detector still gets right.
margin_objective = dict(type='mmadvrain.MarginObjective')
