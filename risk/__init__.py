"""Limits, the gate before the venues, exposure and violations."""
