"""What the owner can ask for, one module per area."""
