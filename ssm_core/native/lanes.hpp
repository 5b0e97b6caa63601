// One number for each chain of a block, side by side in one vector register.
#pragma once

#include <cmath>
#include <cstdint>

namespace ssm {

#define ALWAYS inline __attribute__((always_inline))

#if defined(__AVX512F__)
constexpr int WIDTH = 8;
#elif defined(__AVX__)
constexpr int WIDTH = 4;
#else
constexpr int WIDTH = 2; // vectors wider than the registers would live in memory
#endif
typedef double Lanes __attribute__((vector_size(WIDTH * 8)));
typedef int64_t Bits __attribute__((vector_size(WIDTH * 8)));

static ALWAYS Lanes all(double x) { return x - Lanes{}; }

// Columns `first .. first + count` of a row-major array with `stride` columns; what is beyond repeats the last one.
struct Columns {
    int first, count, stride;

    __attribute__((noinline)) Lanes load(const double* base, int64_t row) const {
        const double* at = base + row * stride + first;
        Lanes v;
        for (int lane = 0; lane < WIDTH; ++lane) v[lane] = at[lane < count ? lane : count - 1];
        return v;
    }
    __attribute__((noinline)) void store(double* base, int64_t row, Lanes v) const {
        for (int lane = 0; lane < count; ++lane) base[row * stride + first + lane] = v[lane];
    }
    __attribute__((noinline)) void add(double* base, int64_t row, Lanes v) const {
        for (int lane = 0; lane < count; ++lane) base[row * stride + first + lane] += v[lane];
    }
};

// Sum of logarithms as a product of mantissas and a sum of exponents: one logarithm per chain instead of one per cell.
// A factor that is not positive, or a product of up to GROUP factors beyond what a double holds, clears `possible`.
struct LogSum {
    static constexpr int GROUP = 4; // factors between calls of `normalise`, at most
    Lanes product;
    Bits exponent, possible;

    void reset() {
        product = all(1.0);
        exponent = Bits{};
        possible = ~Bits{};
    }
    ALWAYS void add(Lanes x) {
        product *= x;
        possible &= x > 0.0;
    }
    ALWAYS void normalise() {
        possible &= (product > 1e-290) & (product < 1e290);
        const Bits bits = (Bits)product;
        exponent += (bits >> 52) - 1023;
        product = (Lanes)((bits & 0x000fffffffffffffLL) | 0x3ff0000000000000LL);
    }
    double total(int lane) const { return std::log(product[lane]) + 0.6931471805599453 * double(exponent[lane]); }
};

} // namespace ssm
