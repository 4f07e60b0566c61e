"""Skills out of published scores."""
