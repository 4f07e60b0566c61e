"""Makes the shipped catalogue out of raw facts and a reviewed list of models: python -m ...curate --help."""
