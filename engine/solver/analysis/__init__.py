"""Analyses: the routing solved with other figures, each result an optimum of its own."""
