"""How much does one compiled call spare where a model has gaps, mediators or hidden nodes?"""
