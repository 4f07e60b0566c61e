"""Own prompts asked of candidate offers, graded, until the plan would no longer change."""
