"""Guest profiles: who comes to a hotel again, what they are like, and which stays were theirs."""
