"""What was learned, as data: calibration and weights, each file with the hashes it belongs to."""
