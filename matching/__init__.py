"""Who suits whom: the next issue; nothing is here yet."""
