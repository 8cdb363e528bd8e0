"""Quality: what the sources promised, what the gates require, and the verdict that lets a release out or
holds it.

Belongs here: rules, thresholds with their reasons, the verdict. Does not belong here: fetching, building,
publishing.
"""
