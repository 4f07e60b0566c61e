"""The catalogue: its file and the user's overlay, checks, price sources, scores, and how it is made."""
