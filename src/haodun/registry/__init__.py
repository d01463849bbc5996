"""What is known: who holds a number, what restricts it, what edges decide by."""
