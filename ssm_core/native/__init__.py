"""The Kalman recursion and its adjoint in C++, compiled on the machine that runs it."""
