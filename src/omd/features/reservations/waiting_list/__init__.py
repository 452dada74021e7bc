"""The waiting list: who waits for nights that are sold, and who could be served; and turnaways."""
