"""Binance spot: live prices, and orders with the owner's keys."""
