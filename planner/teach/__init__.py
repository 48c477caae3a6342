"""Teaching the local tiers: data, training, model card. Not needed at run time (extra `train`)."""
