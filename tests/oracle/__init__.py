"""An independent answer to the optimisation, from the contract's text: no code shared with the engine."""
