"""What was taught, and how it is read at run time: NumPy alone, no PyTorch."""
