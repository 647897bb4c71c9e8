"""Attacks on commands that are at work: killed, run twice, out of disk space, with damaged weights, unread."""
