"""Facts and values of trading: pure, immutable, free of input and output."""
