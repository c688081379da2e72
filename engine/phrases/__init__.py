"""What the engine says to people, as codes with figures and their English."""
