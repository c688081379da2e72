"""The fast simulator: signals as arrays, many parameters in one walk."""
