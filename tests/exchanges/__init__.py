"""A fake exchange: one matching kernel, and servers that speak each venue's HTTP and WebSocket.

Kernel, without asyncio: `terms` (values), `wallet`, `books`, `matching` (`Exchange`), `candles`.
Over the wire: `faults` (REST), `streams` (WebSocket), `running` (start, stop, own process).
"""
