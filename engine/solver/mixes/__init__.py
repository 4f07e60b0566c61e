"""One label's mixes: what its own rules leave of one, two or three offers."""
