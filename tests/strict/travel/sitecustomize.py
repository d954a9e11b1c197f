"""Python reads this file at its start where it lies on the path: the command is born in time."""
# ruff: noqa: INP001  no package: Python finds it by its name

import os
import time
from typing import SupportsIndex

import time_machine

if instant := os.environ.get("TRAVEL_TO"):
    traveller = time_machine.travel(instant, tick=False).start()
    really_sleep = time.sleep

    def sleep(seconds: float | SupportsIndex) -> None:
        """Let the time pass, and hardly wait for it."""
        traveller.shift(float(seconds))
        really_sleep(0.005)

    time.sleep = sleep
