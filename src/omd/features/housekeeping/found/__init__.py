"""What was found in rooms, and what guests took from their minibar."""
