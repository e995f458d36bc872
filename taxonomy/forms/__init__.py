"""Check what people send; never save."""
