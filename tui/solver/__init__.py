"""The solver as the app sees it: processes of their own, asked for plans and more."""
