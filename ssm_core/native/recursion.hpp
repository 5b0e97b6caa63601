// The Kalman recursion, one scalar observation at a time, for a block of chains side by side, and its adjoint.
//
//   s_0 ~ N(m0, P0),  s_t = F_t s_{t-1} + B_t u_t + N(0, Q_t),  y_ti = h_ti's_t + D_i x_t + N(0, R_ti)
//
// `V` holds one number for each chain of a block (a SIMD vector, or a plain double); `N` is the number of states,
// known at compile time (0: known at run time, at most MAX_STATES). Zeros of F, Q, B and h cost nothing: only the
// listed cells are touched.
//
// The adjoint carries r = dl/dm and Pb = dl/dP (symmetric) backwards. One observation, with M = Ph, S = h'M + R,
// K = M/S, v = y - d - h'm and w = 1 where it counts in the likelihood (0: it only conditions):
//   u  = w v/S - K'r                          (dl/dd = u)
//   Sb = w (v^2/S^2 - 1/S)/2 - (K'r) v/S + K'Pb K     (dl/dR = Sb)
//   Mb = r v/S - 2 Pb K + Sb h
//   hb = u m + Sb M + P Mb,   r <- r + h u,   Pb <- Pb + (Mb h' + h Mb')/2
// and one prediction m' = F m + B u, P' = F P F' + Q:
//   Fb = r m' + 2 Pb F P,  Qb = Pb,  Bb = r u',  r <- F'r,  Pb <- F' Pb F.
// Filtered moments are not stored but recomputed within each step from the predicted ones, so that the store of a
// year of four states fits the second-level cache. Source: Durbin & Koopman (2012), section 6.4; the adjoint is ours.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>

#include "problem.hpp"

namespace ssm {

#define ALWAYS inline __attribute__((always_inline))

#if defined(__AVX512F__)
constexpr int WIDTH = 8;
#elif defined(__AVX__)
constexpr int WIDTH = 4;
#else
constexpr int WIDTH = 2; // wider vectors than the registers would live in memory
#endif
typedef double Lanes __attribute__((vector_size(WIDTH * 8)));
typedef int64_t Bits __attribute__((vector_size(WIDTH * 8)));

template <class V> struct Kind;
template <> struct Kind<double> {
    typedef int64_t Bits;
    static constexpr int width = 1;
    static ALWAYS double load(const double* p) { return *p; }
    static ALWAYS void store(double* p, double v) { *p = v; }
    static ALWAYS double at(double v, int) { return v; }
    static ALWAYS double all(double x) { return x; }
};
template <> struct Kind<Lanes> {
    typedef ssm::Bits Bits;
    static constexpr int width = WIDTH;
    static ALWAYS Lanes load(const double* p) { Lanes v; std::memcpy(&v, p, sizeof v); return v; }
    static ALWAYS void store(double* p, Lanes v) { std::memcpy(p, &v, sizeof v); }
    static ALWAYS double at(Lanes v, int i) { return v[i]; }
    static ALWAYS Lanes all(double x) { return x - Lanes{}; }
};

// Sum of logarithms as a product of mantissas and a sum of exponents: one logarithm per chain instead of one per cell.
template <class V> struct LogSum {
    typedef typename Kind<V>::Bits Bits;
    V mantissa = Kind<V>::all(1.0);
    Bits exponent = {};
    int since = 0;

    static ALWAYS void split(V& x, Bits& e) {
        Bits bits;
        std::memcpy(&bits, &x, sizeof x);
        e += ((bits >> 52) & 0x7ff) - 1023;
        bits = (bits & 0x000fffffffffffffLL) | 0x3ff0000000000000LL;
        std::memcpy(&x, &bits, sizeof x);
    }
    ALWAYS void add(V x) {
        split(x, exponent);
        mantissa *= x;
        if (++since == 512) { split(mantissa, exponent); since = 0; }
    }
    double total(int lane) const {
        int64_t e;
        if constexpr (Kind<V>::width == 1) e = exponent; else e = exponent[lane];
        return std::log(Kind<V>::at(mantissa, lane)) + 0.6931471805599453 * double(e);
    }
};

template <int N, class V> class Recursion {
    static constexpr int W = Kind<V>::width;
    static constexpr int MAX = N ? N : MAX_STATES;
    const Problem& p;
    const Cells& in;
    const Cells* out;
    const Traces& traces;
    const int first; // first chain of this block
    const int lanes; // chains in all

    V m[MAX], P[MAX * MAX];
    V r[MAX], Pb[MAX * MAX];
    V scratch[MAX * MAX];
    V F[MAX * MAX], Fb[MAX * MAX];
    int regime_loaded = -1;

    ALWAYS int size() const { return N ? N : p.states; }
    ALWAYS V get(const double* base, int64_t row) const { return Kind<V>::load(base + row * lanes + first); }
    ALWAYS void put(double* base, int64_t row, V v) const { Kind<V>::store(base + row * lanes + first, v); }
    ALWAYS void add(double* base, int64_t row, V v) const { put(base, row, get(base, row) + v); }

    struct Update { // what an observation leaves for its adjoint
        V M[MAX], v, inverse;
        V row[MAX_FREE * MAX], mean[MAX_FREE];
    };
    std::unique_ptr<Update[]> updates;

    void load_transition(int t) {
        const int regime = p.regime[t];
        if (regime == regime_loaded) return;
        flush_transition();
        for (int e = 0; e < p.F.count; ++e) { F[e] = get(in.F, int64_t(regime) * p.F.count + e); Fb[e] = V{}; }
        regime_loaded = regime;
    }
    void flush_transition() {
        if (regime_loaded < 0 || !out) return;
        for (int e = 0; e < p.F.count; ++e) add(out->F, int64_t(regime_loaded) * p.F.count + e, Fb[e]);
    }

    ALWAYS void predict(int t) {
        const int n = size();
        load_transition(t);
        V moved[MAX];
        // scratch[c][i] = (F P)[i][c]
#pragma GCC unroll 8
        for (int i = 0; i < n; ++i) {
            V row[MAX], mean = {};
            for (int c = 0; c < n; ++c) row[c] = V{};
            for (int e = p.F.start[i]; e < p.F.start[i + 1]; ++e) {
                const V f = F[e];
                const V* source = P + p.F.column[e] * n;
                mean += f * m[p.F.column[e]];
                for (int c = 0; c < n; ++c) row[c] += f * source[c];
            }
            for (int c = 0; c < n; ++c) scratch[c * n + i] = row[c];
            moved[i] = mean;
        }
#pragma GCC unroll 8
        for (int k = 0; k < n; ++k) {
            V row[MAX];
            for (int i = 0; i < n; ++i) row[i] = V{};
            for (int e = p.F.start[k]; e < p.F.start[k + 1]; ++e) {
                const V f = F[e];
                const V* source = scratch + p.F.column[e] * n;
#pragma GCC unroll 8
                for (int i = 0; i < n; ++i) if (i <= k) row[i] += f * source[i];
            }
#pragma GCC unroll 8
            for (int i = 0; i < n; ++i) if (i <= k) P[k * n + i] = P[i * n + k] = row[i];
        }
        const int64_t noise = int64_t(p.noise[t]) * p.Q.count;
        for (int e = 0; e < p.Q.count; ++e) {
            const int i = p.Q.row[e], j = p.Q.column[e];
            P[i * n + j] += get(in.Q, noise + e);
            P[j * n + i] = P[i * n + j];
        }
        const int64_t input = int64_t(p.regime[t]) * p.B.count;
        const double* u = p.u + int64_t(t) * p.inputs;
        for (int e = 0; e < p.B.count; ++e) {
            const double now = u[p.B.column[e]];
            if (now != 0.0) moved[p.B.row[e]] += get(in.B, input + e) * now;
        }
        for (int i = 0; i < n; ++i) m[i] = moved[i];
    }

    ALWAYS V loading(const Loading& h, int t) const {
        switch (h.kind) {
            case FREE: return get(in.C, h.index);
            case DATA: return Kind<V>::all(p.z[int64_t(t) * p.columns + h.index]);
            default: return Kind<V>::all(1.0);
        }
    }
    ALWAYS V observed(int t, int i) const {
        const int64_t cell = int64_t(t) * p.series + i;
        return traces.y ? get(traces.y, cell) : Kind<V>::all(p.y[cell]);
    }
    ALWAYS bool missing(int t, int i) const { return std::isnan(p.y[int64_t(t) * p.series + i]); }
    ALWAYS V noise_variance(int t, int i) const {
        const int64_t cell = int64_t(t) * p.series + i;
        V R = get(in.R, i);
        if (traces.stretch) R *= get(traces.stretch, cell);
        if (p.known) R += Kind<V>::all(p.known[cell]);
        return R;
    }

    // Condition on series i at step t; leaves M, v, 1/S (and the rows of P that a free loading needs) in `kept`.
    ALWAYS V update(int t, int i, Update& kept) {
        const int n = size();
        V v = observed(t, i), S = noise_variance(t, i);
        for (int e = p.D.start[i]; e < p.D.start[i + 1]; ++e) {
            const double x = p.x[int64_t(t) * p.regressors + p.D.column[e]];
            if (x != 0.0) v -= get(in.D, e) * x;
        }
        V* M = kept.M;
        for (int c = 0; c < n; ++c) M[c] = V{};
        int free_cells = 0;
        for (int e = p.h_start[i]; e < p.h_start[i + 1]; ++e) {
            const Loading& h = p.h[e];
            const V* source = P + h.state * n;
            if (h.kind == UNIT) {
                for (int c = 0; c < n; ++c) M[c] += source[c];
                v -= m[h.state];
            } else {
                const V value = loading(h, t);
                for (int c = 0; c < n; ++c) M[c] += value * source[c];
                v -= value * m[h.state];
            }
            if (h.kind == FREE && out) {
                for (int c = 0; c < n; ++c) kept.row[free_cells * n + c] = source[c];
                kept.mean[free_cells++] = m[h.state];
            }
        }
        for (int e = p.h_start[i]; e < p.h_start[i + 1]; ++e)
            S += p.h[e].kind == UNIT ? M[p.h[e].state] : loading(p.h[e], t) * M[p.h[e].state];
        kept.v = v;
        kept.inverse = 1.0 / S;
        const V gain = v * kept.inverse;
        for (int c = 0; c < n; ++c) m[c] += M[c] * gain;
#pragma GCC unroll 8
        for (int a = 0; a < n; ++a) {
            const V K = M[a] * kept.inverse;
#pragma GCC unroll 8
            for (int c = 0; c < n; ++c) if (c >= a) P[c * n + a] = P[a * n + c] = P[a * n + c] - K * M[c];
        }
        return S;
    }

    // Adjoint of `update`.
    ALWAYS void update_adjoint(int t, int i, const Update& kept, double weight) {
        const int n = size();
        const V* M = kept.M;
        const V inverse = kept.inverse, gain = kept.v * inverse;
        V a[MAX], Mb[MAX], kr = {}, ka = {};
        for (int c = 0; c < n; ++c) a[c] = V{};
#pragma GCC unroll 8
        for (int j = 0; j < n; ++j) {
            const V K = M[j] * inverse;
            kr += K * r[j];
            for (int c = 0; c < n; ++c) a[c] += Pb[j * n + c] * K;
        }
        for (int c = 0; c < n; ++c) ka += M[c] * a[c];
        ka *= inverse;
        const V u = weight * gain - kr;
        const V Sb = 0.5 * weight * (gain * gain - inverse) - kr * gain + ka;
        for (int c = 0; c < n; ++c) Mb[c] = r[c] * gain - 2.0 * a[c];
        for (int e = p.h_start[i]; e < p.h_start[i + 1]; ++e)
            Mb[p.h[e].state] += p.h[e].kind == UNIT ? Sb : Sb * loading(p.h[e], t);
        const int64_t cell = int64_t(t) * p.series + i;
        if (traces.residual) put(traces.residual, cell, u);
        add(out->R, i, traces.stretch ? Sb * get(traces.stretch, cell) : Sb);
        for (int e = p.D.start[i]; e < p.D.start[i + 1]; ++e) {
            const double x = p.x[int64_t(t) * p.regressors + p.D.column[e]];
            if (x != 0.0) add(out->D, e, u * x);
        }
        int free_cells = 0;
        for (int e = p.h_start[i]; e < p.h_start[i + 1]; ++e) {
            const Loading& h = p.h[e];
            if (h.kind == FREE) {
                V hb = u * kept.mean[free_cells] + Sb * M[h.state];
                const V* row = kept.row + free_cells++ * n;
                for (int c = 0; c < n; ++c) hb += row[c] * Mb[c];
                add(out->C, h.index, hb);
            }
            const V value = h.kind == UNIT ? Kind<V>::all(1.0) : loading(h, t);
            r[h.state] += value * u;
            const V half = 0.5 * value;
            for (int c = 0; c < n; ++c) {
                const V change = half * Mb[c];
                Pb[h.state * n + c] += change;
                Pb[c * n + h.state] += change;
            }
        }
    }

    // Adjoint of `predict` into step t; m and P are the filtered moments of step t - 1.
    ALWAYS void predict_adjoint(int t) {
        const int n = size();
        load_transition(t);
        const int64_t noise = int64_t(p.noise[t]) * p.Q.count;
        for (int e = 0; e < p.Q.count; ++e) {
            const int i = p.Q.row[e], j = p.Q.column[e];
            add(out->Q, noise + e, i == j ? Pb[i * n + i] : 2.0 * Pb[i * n + j]);
        }
        const int64_t input = int64_t(p.regime[t]) * p.B.count;
        const double* u = p.u + int64_t(t) * p.inputs;
        for (int e = 0; e < p.B.count; ++e) {
            const double now = u[p.B.column[e]];
            if (now != 0.0) add(out->B, input + e, r[p.B.row[e]] * now);
        }
        V moved[MAX];
        // scratch[i][c] = (Pb F)[i][c]
#pragma GCC unroll 8
        for (int c = 0; c < n; ++c) {
            V row[MAX], back = {};
            for (int i = 0; i < n; ++i) row[i] = V{};
            for (int k = p.F.column_start[c]; k < p.F.column_start[c + 1]; ++k) {
                const int e = p.F.by_column[k];
                const V f = F[e];
                const V* source = Pb + p.F.row[e] * n;
                back += f * r[p.F.row[e]];
                for (int i = 0; i < n; ++i) row[i] += f * source[i];
            }
            for (int i = 0; i < n; ++i) scratch[i * n + c] = row[i];
            moved[c] = back;
        }
        for (int e = 0; e < p.F.count; ++e) {
            if (p.F.fixed[e]) continue;
            const V* left = scratch + p.F.row[e] * n;
            const V* right = P + p.F.column[e] * n;
            V sum = {};
            for (int c = 0; c < n; ++c) sum += left[c] * right[c];
            Fb[e] += r[p.F.row[e]] * m[p.F.column[e]] + 2.0 * sum;
        }
#pragma GCC unroll 8
        for (int a = 0; a < n; ++a) {
            V row[MAX];
            for (int c = 0; c < n; ++c) row[c] = V{};
            for (int k = p.F.column_start[a]; k < p.F.column_start[a + 1]; ++k) {
                const int e = p.F.by_column[k];
                const V f = F[e];
                const V* source = scratch + p.F.row[e] * n;
#pragma GCC unroll 8
                for (int c = 0; c < n; ++c) if (c <= a) row[c] += f * source[c];
            }
#pragma GCC unroll 8
            for (int c = 0; c < n; ++c) if (c <= a) Pb[a * n + c] = Pb[c * n + a] = row[c];
        }
        for (int i = 0; i < n; ++i) r[i] = moved[i];
    }

    void start() {
        const int n = size();
        for (int i = 0; i < n; ++i) {
            m[i] = Kind<V>::all(i < p.states ? p.m0[i] : 0.0);
            for (int j = 0; j < n; ++j)
                P[i * n + j] = Kind<V>::all(i < p.states && j < p.states ? p.P0[i * p.states + j] : 0.0);
        }
    }

    void forward(double* value, double* store) {
        const int n = size();
        LogSum<V> log_variances;
        V squares = {};
        int64_t counted = 0;
        const int packed = n + n * (n + 1) / 2;
        start();
        for (int t = 0; t < p.steps; ++t) {
            if (t > 0) predict(t);
            if (store) {
                double* at = store + int64_t(t) * packed * W;
                for (int i = 0; i < n; ++i, at += W) Kind<V>::store(at, m[i]);
                for (int i = 0; i < n; ++i)
                    for (int j = 0; j <= i; ++j, at += W) Kind<V>::store(at, P[i * n + j]);
            }
            for (int i = 0; i < p.series; ++i) {
                const int64_t cell = int64_t(t) * p.series + i;
                if (missing(t, i)) {
                    continue;
                }
                const V S = update(t, i, updates[i]);
                if (traces.innovation) put(traces.innovation, cell, updates[i].v);
                if (traces.variance) put(traces.variance, cell, S);
                if (!p.scored[t]) continue;
                log_variances.add(S);
                squares += updates[i].v * updates[i].v * updates[i].inverse;
                for (int lane = 0; lane < W; ++lane) // a variance that is not positive rules the point out
                    if (!(Kind<V>::at(S, lane) > 0.0)) impossible[lane] = true;
                ++counted;
            }
        }
        for (int lane = 0; lane < W; ++lane) {
            const double total =
                -0.5 * (1.8378770664093453 * double(counted) + log_variances.total(lane) + Kind<V>::at(squares, lane));
            const bool bad = impossible[lane] || std::isnan(total);
            value[first + lane] = bad ? -std::numeric_limits<double>::infinity() : total;
        }
    }

    void backward(const double* store) {
        const int n = size();
        const int packed = n + n * (n + 1) / 2;
        for (int i = 0; i < n; ++i) r[i] = V{};
        for (int i = 0; i < n * n; ++i) Pb[i] = V{};
        for (int t = p.steps - 1; t >= 0; --t) {
            const double* at = store + int64_t(t) * packed * W;
            for (int i = 0; i < n; ++i, at += W) m[i] = Kind<V>::load(at);
            for (int i = 0; i < n; ++i)
                for (int j = 0; j <= i; ++j, at += W) P[i * n + j] = P[j * n + i] = Kind<V>::load(at);
            for (int i = 0; i < p.series; ++i)
                if (!missing(t, i)) update(t, i, updates[i]);
            if (t + 1 < p.steps) predict_adjoint(t + 1);
            const double weight = p.scored[t] ? 1.0 : 0.0;
            for (int i = p.series - 1; i >= 0; --i)
                if (!missing(t, i)) update_adjoint(t, i, updates[i], weight);
            if (traces.state) smoothed(store, t, packed);
        }
        flush_transition();
    }

    // m + P r with the predicted moments of step t: the mean of the state given all observations (every step scored).
    void smoothed(const double* store, int t, int packed) {
        const int n = size();
        const double* at = store + int64_t(t) * packed * W;
        V mean[MAX];
        for (int i = 0; i < n; ++i, at += W) mean[i] = Kind<V>::load(at);
        for (int i = 0; i < n; ++i)
            for (int j = 0; j <= i; ++j, at += W) {
                const V P_ij = Kind<V>::load(at);
                mean[i] += P_ij * r[j];
                if (i != j) mean[j] += P_ij * r[i];
            }
        for (int i = 0; i < p.states; ++i) put(traces.state, int64_t(t) * p.states + i, mean[i]);
    }

    bool impossible[W] = {};

  public:
    Recursion(const Problem& problem, const Cells& cells, const Cells* adjoints, const Traces& traces_, int block, int all)
        : p(problem), in(cells), out(adjoints), traces(traces_), first(block), lanes(all),
          updates(new Update[problem.series]) {}

    void run(double* value, double* store) {
        forward(value, out ? store : nullptr);
        if (out) {
            regime_loaded = -1;
            backward(store);
        }
    }
};

} // namespace ssm
