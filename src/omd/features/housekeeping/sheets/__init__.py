"""Sheets: who works on a date, and which tasks each of them has, in which order."""
