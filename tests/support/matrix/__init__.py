"""The matrix: every operation, asked by everybody, about what belongs to the hotel `grand` and its destination."""
