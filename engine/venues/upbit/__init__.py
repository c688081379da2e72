"""Upbit, Korean won markets: ccxt.pro trades and streams, pyupbit brings the history."""
