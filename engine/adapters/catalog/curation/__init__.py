"""Makes the shipped catalogue of raw facts and a reviewed list of models: python -m ...curation --help."""
