"""Results of a user's own evaluations, one file a format, as figures of models on labels."""
