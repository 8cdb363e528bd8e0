"""Indicator tables that SQL can't compute, between the two stages of the warehouse.

Belongs here: one module of pure functions an idea (arrays or frames in and out, no Dagster, no file), each naming its
paper and its section of the methods contract; `assets.py`, which lists the tables and wraps them. Does not belong
here: what SQL can do (dbt_project/), what is published (the marts), a threshold of a gate (quality/).
"""
