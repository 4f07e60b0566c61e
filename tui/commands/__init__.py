"""The commands that need the app: one per file, with HELP, `arguments` and `run`."""

NAMES = ("keys", "serve")
