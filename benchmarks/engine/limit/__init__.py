"""The yardstick of the compiled kernel: what C++ without any generality takes for the reference problem."""
