"""The reasons of a plan."""

Why = dict[str, str]
"""The reason of each choice by its dotted key, such as "scale.crop_px"; the rules add theirs."""
