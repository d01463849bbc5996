"""Messages to people outside: sealed until they are handed to the operator's sender, each line of its outbox once."""
