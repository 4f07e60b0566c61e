"""What the workbench shows: rules, allocation, total and hint."""
