"""Contract types to cards: pure, in both languages."""
