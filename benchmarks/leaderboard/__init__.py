"""The leaderboard: what a number of labelled photos and minutes on an ordinary machine buys, by method and set."""
