"""Labels that rules couple: the search for the optimum and its proof."""
