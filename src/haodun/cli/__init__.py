"""The `haodun` command; it imports a plane only inside the command that needs it."""
