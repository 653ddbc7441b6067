"""The peers, the floor and this project, side by side in one run: `python -m benchmarks`."""
