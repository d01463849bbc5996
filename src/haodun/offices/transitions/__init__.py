"""act(): the only way to change a state; four eyes, blast radius, clocks, facts."""
