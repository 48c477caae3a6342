"""Teaching the deciders: data, training and calibration. Needs the extra ``train``."""
