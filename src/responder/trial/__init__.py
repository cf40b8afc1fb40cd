"""Outcome analysis of a treated cohort by visit."""
