"""Linear and integer models: the one sparse builder that calls scipy, and what is built with it."""
