"""A clock whose wall can be corrected, as NTP and people correct it."""


class SteppingClock:
    """Moves when told to: `step` changes what it takes for the time, `advance` lets it pass."""

    def __init__(self, now=1_700_000_000.0):
        self.wall = now
        self.passed = 0.0

    def now(self):
        return self.wall

    def monotonic(self):
        return self.passed

    def advance(self, seconds):
        self.wall += seconds
        self.passed += seconds

    def step(self, seconds):
        self.wall += seconds
