"""What a screen delegates: each with its few flags, usable without its siblings."""
