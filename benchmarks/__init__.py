"""Benchmarks: what Failwell costs, as ratios against bare libraries measured in one run.

``python -m benchmarks`` runs all of them. Absolute numbers are the machine's; a ratio
whose two sides were measured in turns carries over to another one.
"""

__all__: list[str] = []
