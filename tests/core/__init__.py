"""Tests of what trades, with hand-written venues and stores."""
