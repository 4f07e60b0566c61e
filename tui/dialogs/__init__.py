"""What the workbench asks: a rule or label to add, a file name, whether to quit; and the help."""
