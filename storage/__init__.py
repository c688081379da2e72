"""TinyDB made crash-safe."""
