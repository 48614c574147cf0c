"""The pure middle: values and rules of a run, with no clock, disk, process or asyncio in it."""
