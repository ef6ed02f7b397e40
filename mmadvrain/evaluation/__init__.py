"""Scores and reports.

Nothing is imported here, so that the NumPy functions work where no detection
framework is installed.
"""
