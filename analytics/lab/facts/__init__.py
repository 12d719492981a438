"""Stylised facts: measured the same way on a recording and on a path of the model, and held against bands."""
