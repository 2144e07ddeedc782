"""What is known (record), what follows from it (analysis), facts of the world (data)."""
