"""One class a screen; the larger ones in a folder of their own."""
