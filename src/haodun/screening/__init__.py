"""How a verdict is reached: events, kernel, policy, verdicts, explanation, comparison."""
