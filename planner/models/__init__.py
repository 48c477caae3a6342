"""Models behind two protocols: a small local one that scores, a remote one that plans."""
