"""What the core asks of the world: a venue, a store, a clock."""
