"""What the project claims about speed, measured: `python -m benchmarks` (`make bench` installs the peers)."""
