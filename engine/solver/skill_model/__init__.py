"""Skills of models, 0-100, out of published scores."""
