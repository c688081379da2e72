"""The API and the command line over a real Unix socket."""
