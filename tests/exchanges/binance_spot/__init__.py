"""Binance spot on loopback: REST, WebSocket API and market streams over the shared kernel."""
