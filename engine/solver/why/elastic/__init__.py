"""The nearest feasible routing: every named rule may give way, at a price relative to what it says."""
