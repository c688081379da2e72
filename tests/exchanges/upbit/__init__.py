"""Upbit on loopback: the REST and WebSocket paths a trading client uses.

Sources: docs.upbit.com/kr/reference (2026-11), recorded message shapes, and what ccxt and pyupbit
send and read.
"""
