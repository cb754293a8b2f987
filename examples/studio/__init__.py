"""How the examples are made: a small ray marcher for our own pictures, hand-made masks and depth for photos."""
