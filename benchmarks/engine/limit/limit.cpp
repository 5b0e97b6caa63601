// The yardstick: log-likelihood and gradient of the reference problem and of nothing else, as fast as we can write it.
//
// Four states, six series, two inputs and their zeros are constants of this file. Parameters as in
// `benchmarks/engine/problem.py`: logit a (4), off (4), b (4), log q (4), lam (4), d (6), log r (6); one column a chain.
// The recursion is that of `ssm_core/native`, without its generality.
#include <cmath>

#include "lanes.hpp"

namespace {

using ssm::Columns;
using ssm::LogSum;
using ssm::all;
typedef ssm::Lanes V;

constexpr int N = 4, SERIES = 6, PACKED = 10, EDGES = 8, INPUTS = 4, TOGETHER = 2;
constexpr int TO[EDGES] = {0, 1, 2, 3, 1, 2, 3, 2}, FROM[EDGES] = {0, 1, 2, 3, 0, 1, 2, 0};
constexpr int B_TO[INPUTS] = {0, 1, 1, 3}, B_IN[INPUTS] = {0, 0, 1, 1};
constexpr int A = 0, B = 8, Q = 12, LAM = 16, D = 20, R = 26, SIZE = 32;

constexpr int at(int i, int j) { return i > j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i; }

struct Block {
    V m[N], P[PACKED], r[N], G[PACKED];
    V K[SERIES][N], inverse[SERIES], gain[SERIES], rows[2][2][N], means[2][2], M[2][2];
    V cell[SIZE], adjoint[SIZE], squares;
    LogSum log_variances;
    Columns columns;
    V* store;
};

#define UNROLL _Pragma("GCC unroll 16")

ALWAYS void predict(Block& s, const double* u) {
    V FP[N][N], mean[N];
    UNROLL for (int i = 0; i < N; ++i) {
        mean[i] = V{};
        UNROLL for (int c = 0; c < N; ++c) FP[i][c] = V{};
    }
    UNROLL for (int e = 0; e < INPUTS; ++e) mean[B_TO[e]] += s.cell[B + e] * u[B_IN[e]];
    UNROLL for (int e = 0; e < EDGES; ++e) {
        const V f = s.cell[A + e];
        mean[TO[e]] += f * s.m[FROM[e]];
        UNROLL for (int c = 0; c < N; ++c) FP[TO[e]][c] += f * s.P[at(FROM[e], c)];
    }
    V P[PACKED];
    UNROLL for (int k = 0; k < N; ++k)
        UNROLL for (int i = 0; i <= k; ++i) P[at(k, i)] = i == k ? s.cell[Q + k] : V{};
    UNROLL for (int e = 0; e < EDGES; ++e)
        UNROLL for (int i = 0; i < N; ++i)
            if (i <= TO[e]) P[at(TO[e], i)] += s.cell[A + e] * FP[i][FROM[e]];
    V* kept = s.store;
    UNROLL for (int i = 0; i < N; ++i) kept[i] = s.m[i] = mean[i];
    UNROLL for (int i = 0; i < PACKED; ++i) kept[N + i] = s.P[i] = P[i];
}

template <int I, bool KEEP> ALWAYS void update(Block& s, double y) {
    constexpr bool plain = I < N;
    constexpr int pair = plain ? 0 : I - N, low = plain ? I : 2 * pair;
    V M[N], v = y - s.cell[D + I], S = s.cell[R + I];
    if (plain) {
        UNROLL for (int c = 0; c < N; ++c) M[c] = s.P[at(I, c)];
        S += M[low];
        v -= s.m[low];
    } else {
        const V one = s.cell[LAM + 2 * pair], two = s.cell[LAM + 2 * pair + 1];
        UNROLL for (int c = 0; c < N; ++c) {
            const V first = s.P[at(low, c)], second = s.P[at(low + 1, c)];
            M[c] = one * first + two * second;
            if (KEEP) {
                s.rows[pair][0][c] = first;
                s.rows[pair][1][c] = second;
            }
        }
        if (KEEP)
            UNROLL for (int k = 0; k < 2; ++k) {
                s.means[pair][k] = s.m[low + k];
                s.M[pair][k] = M[low + k];
            }
        S += one * M[low] + two * M[low + 1];
        v -= one * s.m[low] + two * s.m[low + 1];
    }
    const V inverse = 1.0 / S, gain = v * inverse;
    UNROLL for (int a = 0; a < N; ++a) {
        const V K = M[a] * inverse;
        s.m[a] += K * v;
        if (KEEP) s.K[I][a] = K;
        UNROLL for (int c = 0; c <= a; ++c) s.P[at(a, c)] -= K * M[c];
    }
    if (KEEP) {
        s.inverse[I] = inverse;
        s.gain[I] = gain;
    } else {
        s.log_variances.add(S);
        s.squares += v * gain;
    }
}

template <int I> ALWAYS void update_adjoint(Block& s) {
    constexpr bool plain = I < N;
    constexpr int pair = plain ? 0 : I - N, low = plain ? I : 2 * pair;
    V K[N], a[N], Mb[N], kr = {}, ka = {};
    UNROLL for (int c = 0; c < N; ++c) { K[c] = s.K[I][c]; a[c] = V{}; }
    UNROLL for (int j = 0; j < N; ++j) {
        kr += K[j] * s.r[j];
        UNROLL for (int c = 0; c <= j; ++c) {
            const V g = s.G[at(j, c)];
            a[j] += g * K[c];
            if (c < j) a[c] += g * K[j];
        }
    }
    UNROLL for (int c = 0; c < N; ++c) ka += K[c] * a[c];
    const V gain = s.gain[I], u = gain - kr, twice = u * u - s.inverse[I] - kr * kr + ka;
    UNROLL for (int c = 0; c < N; ++c) Mb[c] = s.r[c] * gain - a[c];
    s.adjoint[D + I] += u;
    s.adjoint[R + I] += twice;
    if (plain) {
        UNROLL for (int c = 0; c < N; ++c) s.G[at(I, c)] += c == I ? 2.0 * Mb[c] + twice : Mb[c];
        s.r[low] += u;
        return;
    }
    const V Sb = 0.5 * twice;
    UNROLL for (int k = 0; k < 2; ++k) Mb[low + k] += Sb * s.cell[LAM + 2 * pair + k];
    UNROLL for (int k = 0; k < 2; ++k) {
        const V value = s.cell[LAM + 2 * pair + k];
        V hb = u * s.means[pair][k] + Sb * s.M[pair][k];
        UNROLL for (int c = 0; c < N; ++c) hb += s.rows[pair][k][c] * Mb[c];
        s.adjoint[LAM + 2 * pair + k] += hb;
        s.r[low + k] += value * u;
        UNROLL for (int c = 0; c < N; ++c) s.G[at(low + k, c)] += (c == low + k ? 2.0 : 1.0) * value * Mb[c];
    }
}

ALWAYS void predict_adjoint(Block& s, const double* u) {
    V GF[N][N], back[N] = {}, G[PACKED] = {};
    UNROLL for (int i = 0; i < N; ++i) s.adjoint[Q + i] += s.G[at(i, i)];
    UNROLL for (int e = 0; e < INPUTS; ++e) s.adjoint[B + e] += s.r[B_TO[e]] * u[B_IN[e]];
    UNROLL for (int i = 0; i < N; ++i) UNROLL for (int c = 0; c < N; ++c) GF[i][c] = V{};
    UNROLL for (int e = 0; e < EDGES; ++e) {
        const V f = s.cell[A + e];
        back[FROM[e]] += f * s.r[TO[e]];
        UNROLL for (int i = 0; i < N; ++i) GF[i][FROM[e]] += f * s.G[at(i, TO[e])];
    }
    UNROLL for (int e = 0; e < EDGES; ++e) {
        V sum = s.r[TO[e]] * s.m[FROM[e]];
        UNROLL for (int c = 0; c < N; ++c) sum += GF[TO[e]][c] * s.P[at(FROM[e], c)];
        s.adjoint[A + e] += sum;
        UNROLL for (int c = 0; c <= FROM[e]; ++c) G[at(FROM[e], c)] += s.cell[A + e] * GF[TO[e]][c];
    }
    UNROLL for (int i = 0; i < N; ++i) s.r[i] = back[i];
    UNROLL for (int i = 0; i < PACKED; ++i) s.G[i] = G[i];
}

template <int I, bool KEEP> ALWAYS void observe(Block* s, int blocks, const double* y) {
    if (!std::isnan(y[I])) for (int b = 0; b < blocks; ++b) update<I, KEEP>(s[b], y[I]);
}
template <int I> ALWAYS void observe_adjoint(Block* s, int blocks, const double* y) {
    if (!std::isnan(y[I])) for (int b = 0; b < blocks; ++b) update_adjoint<I>(s[b]);
}

void forward(Block* s, int blocks, int steps, const double* y, const double* u, V* store) {
    for (int t = 0; t < steps; ++t, y += SERIES, u += 2) {
        for (int b = 0; b < blocks; ++b) {
            s[b].store = store + (int64_t(b) * steps + t) * (N + PACKED);
            if (t > 0) {
                predict(s[b], u);
                continue;
            }
            UNROLL for (int i = 0; i < N; ++i) s[b].store[i] = s[b].m[i] = V{};
            UNROLL for (int i = 0; i < N; ++i)
                UNROLL for (int j = 0; j <= i; ++j)
                    s[b].store[N + at(i, j)] = s[b].P[at(i, j)] = all(i == j ? 4.0 : 0.0);
        }
        observe<0, false>(s, blocks, y);
        observe<1, false>(s, blocks, y);
        observe<2, false>(s, blocks, y);
        for (int b = 0; b < blocks; ++b) s[b].log_variances.normalise();
        observe<3, false>(s, blocks, y);
        observe<4, false>(s, blocks, y);
        observe<5, false>(s, blocks, y);
        for (int b = 0; b < blocks; ++b) s[b].log_variances.normalise();
    }
}

void backward(Block* s, int blocks, int steps, const double* y, const double* u) {
    for (int t = steps - 1; t >= 0; --t) {
        const double *row = y + t * SERIES, *next = u + 2 * (t + 1);
        for (int b = 0; b < blocks; ++b) {
            UNROLL for (int i = 0; i < N; ++i) s[b].m[i] = s[b].store[i];
            UNROLL for (int i = 0; i < PACKED; ++i) s[b].P[i] = s[b].store[N + i];
            s[b].store -= N + PACKED;
        }
        observe<0, true>(s, blocks, row);
        observe<1, true>(s, blocks, row);
        observe<2, true>(s, blocks, row);
        observe<3, true>(s, blocks, row);
        observe<4, true>(s, blocks, row);
        observe<5, true>(s, blocks, row);
        if (t + 1 < steps) for (int b = 0; b < blocks; ++b) predict_adjoint(s[b], next);
        observe_adjoint<5>(s, blocks, row);
        observe_adjoint<4>(s, blocks, row);
        observe_adjoint<3>(s, blocks, row);
        observe_adjoint<2>(s, blocks, row);
        observe_adjoint<1>(s, blocks, row);
        observe_adjoint<0>(s, blocks, row);
    }
}

// From unconstrained parameters to cells, and derivatives back.
void load(Block& s, const double* theta) {
    s.squares = V{};
    s.log_variances.reset();
    for (V& x : s.adjoint) x = V{};
    for (V& x : s.r) x = V{};
    for (V& x : s.G) x = V{};
    for (int k = 0; k < SIZE; ++k) {
        const V x = s.columns.load(theta, k);
        for (int lane = 0; lane < ssm::WIDTH; ++lane)
            s.cell[k][lane] = k < 4 ? 1.0 / (1.0 + std::exp(-x[lane]))
                              : (k >= Q && k < LAM) || k >= R ? std::exp(2.0 * x[lane]) : x[lane];
    }
}

void unload(const Block& s, double seen, double* value, double* gradient) {
    for (int k = 0; k < SIZE; ++k) {
        const V x = s.cell[k], g = s.adjoint[k];
        // dl/dQ and dl/dR were gathered doubled, and d q^2 / d log q = 2 q^2
        s.columns.store(gradient, k, k < 4 ? g * x * (1.0 - x) : (k >= Q && k < LAM) || k >= R ? g * x : g);
    }
    for (int lane = 0; lane < s.columns.count; ++lane)
        value[s.columns.first + lane] =
            -0.5 * (1.8378770664093453 * seen + s.log_variances.total(lane) + s.squares[lane]);
}

} // namespace

extern "C" {

// Doubles of `workspace`.
int64_t limit_workspace(int steps) {
    return (int64_t(TOGETHER) * (int64_t(sizeof(Block)) + int64_t(steps) * (N + PACKED) * int64_t(sizeof(V))) + 64) / 8;
}

// y (steps, 6), u (steps, 2), theta and gradient (32, chains), value (chains); all row-major.
void limit(int steps, int chains, const double* y, const double* u, const double* theta, double* value,
           double* gradient, double* workspace) {
    char* base = reinterpret_cast<char*>((reinterpret_cast<int64_t>(workspace) + 63) / 64 * 64);
    V* store = reinterpret_cast<V*>(base);
    Block* s = reinterpret_cast<Block*>(store + int64_t(TOGETHER) * steps * (N + PACKED));
    double seen = 0.0;
    for (int k = 0; k < steps * SERIES; ++k) seen += !std::isnan(y[k]);
    for (int first = 0; first < chains;) {
        int blocks = 0;
        for (; blocks < TOGETHER && first < chains; ++blocks, first += ssm::WIDTH) {
            s[blocks].columns = {first, chains - first < ssm::WIDTH ? chains - first : ssm::WIDTH, chains};
            load(s[blocks], theta);
        }
        forward(s, blocks, steps, y, u, store);
        backward(s, blocks, steps, y, u);
        for (int b = 0; b < blocks; ++b) unload(s[b], seen, value, gradient);
    }
}

} // extern "C"
