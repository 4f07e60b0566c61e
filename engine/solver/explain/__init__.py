"""Explanations: conflicts and repairs, what rules cost, why an offer is out, how offers stand."""
