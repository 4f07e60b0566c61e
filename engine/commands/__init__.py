"""The commands that print, one per file.

Each has HELP (one line), `arguments(parser)`, and `run(arguments) -> (text, exit status)`; each loads what it
needs when it runs, so that --help stays fast.
"""

NAMES = (
    "solve",
    "explain",
    "frontier",
    "baselines",
    "scenarios",
    "robust",
    "sweep",
    "compare",
    "report",
    "catalog",
    "probe",
    "schema",
    "export",
    "import",
    "diff",
)
