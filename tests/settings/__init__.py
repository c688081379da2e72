"""Settings: parsing, files, changes, and the text of .env.example."""
