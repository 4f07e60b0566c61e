"""The reasons: what clashes and mends, what rules cost, why an offer is out."""
