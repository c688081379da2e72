"""The engine's HTTP API on its Unix socket."""
