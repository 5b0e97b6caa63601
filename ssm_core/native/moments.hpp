// Forward: predict, and condition on one scalar observation at a time.
//
//   m <- F m + B u,  P <- F P F' + Q
//   M = Ph,  S = h'M + R,  K = M / S,  v = y - d - h'm,  m <- m + K v,  P <- P - K M'
//
// Only listed cells of F, B and h are touched, so zeros cost nothing, and only the lower triangle of P is updated.
// Source: Durbin & Koopman (2012), section 6.4.
#pragma once

#include <type_traits>

#include "block.hpp"

namespace ssm {

#define UNROLL _Pragma("GCC unroll 8")

constexpr int ANY = -1; // a series that does not measure one state with a loading of 1, or a state not known here

// One observed cell, looked up once for all blocks.
struct Seen {
    int t, series;
    int state;    // `Problem::single`
    bool special; // more belongs to it than y, R and a constant mean
    double y;
};

// `N` is the number of states, known at compile time (0: known at run time, at most MAX_STATES).
template <int N> struct Moments {
    static constexpr int MAX = N ? N : MAX_STATES;
    static constexpr bool WHOLE = Pattern<N>::WHOLE;
    typedef ssm::Block<N> Block;
    const Problem& p;
    const Traces& traces;
    const Pattern<N> pattern;
    const bool special;
    int32_t lower[WHOLE ? 1 : MAX * MAX]; // where cell (i, j) lies in the lower triangle, in doubles

    Moments(const Problem& problem, const Traces& traces_)
        : p(problem), traces(traces_), pattern(problem),
          special(traces.y || traces.stretch || traces.residual || traces.innovation || traces.variance || p.known) {
        const int n = size();
        for (int i = 0; !WHOLE && i < n; ++i)
            for (int j = 0; j < n; ++j) lower[i * n + j] = (i > j ? i * n + j : j * n + i) * WIDTH;
    }

    ALWAYS int size() const { return N ? N : p.states; }
    ALWAYS int64_t packed() const { return pattern.q_cells(); }

    // Calls `use(j, cell)` for the listed cells (i, j) of row i of F.
    template <class Use> ALWAYS void row_of_F(int i, Use use) const {
        if constexpr (WHOLE) {
            UNROLL for (int j = 0; j < N; ++j) if (pattern.listed[i * N + j]) use(j, i * N + j);
        } else {
            for (int e = p.F.start[i]; e < p.F.start[i + 1]; ++e) use(p.F.column[e], e);
        }
    }

    // Calls `use(j, e)` for the states j that a series measures; e counts its loadings.
    template <class Use> ALWAYS void row_of_h(const Seen& o, Use use) const {
        int e = p.h_start[o.series];
        if constexpr (WHOLE) {
            const uint8_t* measured = p.measured + o.series * p.states;
            UNROLL for (int j = 0; j < N; ++j) if (measured[j]) use(j, e++);
        } else {
            for (; e < p.h_start[o.series + 1]; ++e) use(p.h[e].state, e);
        }
    }

    // Cell (i, j) of a symmetric matrix of which the lower triangle is kept.
    ALWAYS Lanes& cell(Lanes* symmetric, int i, int j) const {
        if constexpr (WHOLE) return symmetric[i > j ? i * N + j : j * N + i];
        else return *reinterpret_cast<Lanes*>(reinterpret_cast<double*>(symmetric) + lower[i * size() + j]);
    }
    // The same where the upper triangle has been mirrored: rows in a row.
    ALWAYS Lanes row(Lanes* symmetric, int i, int j) const {
        if constexpr (WHOLE) return cell(symmetric, i, j);
        else return symmetric[i * size() + j];
    }
    ALWAYS void mirror(Lanes* symmetric) const {
        const int n = size();
        if constexpr (!WHOLE)
            UNROLL for (int i = 1; i < n; ++i)
                UNROLL for (int j = 0; j < i; ++j) symmetric[j * n + i] = symmetric[i * n + j];
    }

    // The series at hand with its state as a constant, where it has one: `use(std::integral_constant<int, J>)`.
    template <class Use> static ALWAYS void with_state(const Seen& o, Use use) {
        if constexpr (WHOLE) {
            switch (o.state) {
                case 0: return use(std::integral_constant<int, 0>());
                case 1: if constexpr (N > 1) return use(std::integral_constant<int, 1>()); else break;
                case 2: if constexpr (N > 2) return use(std::integral_constant<int, 2>()); else break;
                case 3: if constexpr (N > 3) return use(std::integral_constant<int, 3>()); else break;
            }
        }
        use(std::integral_constant<int, ANY>());
    }

    ALWAYS Seen look(int t, int i) const {
        return {t, i, p.single[i], special || !p.steady[i], p.y[int64_t(t) * p.series + i]};
    }

    // y - d and R of a special cell.
    __attribute__((noinline)) void prepare(Block& s, int t, int i) const {
        const int64_t cell = int64_t(t) * p.series + i;
        s.v = (traces.y ? s.columns.load(traces.y, cell) : all(p.y[cell])) - s.in.mean[i];
        s.S = s.in.R[i];
        if (traces.stretch) s.S *= s.columns.load(traces.stretch, cell);
        if (p.known) s.S += p.known[cell];
        if (p.steady[i]) return;
        const double* x = p.x + int64_t(t) * p.regressors;
        for (int e = p.D.start[i]; e < p.D.start[i + 1]; ++e) s.v -= s.in.D[e] * x[p.D.column[e]];
    }

    void start(Block& s, bool keep) const {
        const int n = size();
        for (int i = 0; i < n; ++i) {
            s.m[i] = all(p.m0[i]);
            for (int j = 0; j <= i; ++j) s.P[i * n + j] = all(p.P0[i * n + j]);
        }
        if (!keep) return;
        for (int i = 0; i < n; ++i) {
            s.store[i] = s.m[i];
            for (int j = 0; j <= i; ++j) s.store[n + i * (i + 1) / 2 + j] = s.P[i * n + j];
        }
    }

    ALWAYS void predict(Block& s, int t, bool keep) const {
        const int n = size();
        const Lanes* F = s.in.F + p.regime[t] * pattern.f_cells();
        const Lanes* B = s.in.B + int64_t(p.regime[t]) * p.B.count;
        const Lanes* Q = s.in.Q + p.noise[t] * packed();
        const double* u = p.u + int64_t(t) * p.inputs;
        mirror(s.P);
        Lanes mean[MAX];
        UNROLL for (int i = 0; i < n; ++i) mean[i] = Lanes{};
        for (int e = 0; e < p.B.count; ++e) mean[p.B.row[e]] += B[e] * u[p.B.column[e]];
        // product[c][i] = (F P)[i][c]
        UNROLL for (int i = 0; i < n; ++i) {
            Lanes row_i[MAX], now = mean[i];
            UNROLL for (int c = 0; c < n; ++c) row_i[c] = Lanes{};
            row_of_F(i, [&](int j, int64_t at) __attribute__((always_inline)) {
                const Lanes f = F[at];
                now += f * s.m[j];
                UNROLL for (int c = 0; c < n; ++c) row_i[c] += f * row(s.P, j, c);
            });
            UNROLL for (int c = 0; c < n; ++c) s.product[c * n + i] = row_i[c];
            mean[i] = now;
        }
        UNROLL for (int k = 0; k < n; ++k) {
            Lanes row[MAX];
            UNROLL for (int i = 0; i <= k; ++i) row[i] = Q[k * (k + 1) / 2 + i];
            row_of_F(k, [&](int j, int64_t at) __attribute__((always_inline)) {
                const Lanes f = F[at];
                UNROLL for (int i = 0; i <= k; ++i) row[i] += f * s.product[j * n + i];
            });
            UNROLL for (int i = 0; i <= k; ++i) s.P[k * n + i] = row[i];
        }
        UNROLL for (int i = 0; i < n; ++i) s.m[i] = mean[i];
        if (!keep) return;
        Lanes* at = s.store + t * (n + packed());
        UNROLL for (int i = 0; i < n; ++i) at[i] = mean[i];
        at += n;
        UNROLL for (int i = 0; i < n; ++i)
            UNROLL for (int j = 0; j <= i; ++j) *at++ = s.P[i * n + j];
    }

    ALWAYS void recall(Block& s, int t) const {
        const int n = size();
        const Lanes* at = s.store + t * (n + packed());
        UNROLL for (int i = 0; i < n; ++i) s.m[i] = at[i];
        at += n;
        UNROLL for (int i = 0; i < n; ++i)
            UNROLL for (int j = 0; j <= i; ++j) s.P[i * n + j] = *at++;
    }

    // Loadings that are columns of z take their values of step t.
    void load_columns(Block& s, int t) const {
        for (int k = 0; k < p.data_count; ++k)
            s.in.h[p.data[k]] = all(p.z[int64_t(t) * p.columns + p.h[p.data[k]].index]);
    }

    // Condition on one cell; sets v, S and v / S, and with KEEP leaves in the block what the adjoint needs.
    template <bool KEEP, int J> ALWAYS void update(Block& s, const Seen& o, Lanes& v, Lanes& S, Lanes& gain) const {
        const int n = size();
        if (__builtin_expect(o.special, 0)) {
            prepare(s, o.t, o.series);
            v = s.v;
            S = s.S;
        } else {
            v = o.y - s.in.mean[o.series];
            S = s.in.R[o.series];
        }
        Lanes M[MAX];
        if constexpr (J != ANY) {
            UNROLL for (int c = 0; c < n; ++c) M[c] = cell(s.P, J, c);
            S += M[J];
            v -= s.m[J];
        } else if (!WHOLE && o.state >= 0) {
            UNROLL for (int c = 0; c < n; ++c) M[c] = cell(s.P, o.state, c);
            S += cell(s.P, o.state, o.state);
            v -= s.m[o.state];
        } else {
            gather<KEEP>(s, o, M, v, S);
        }
        const Lanes inverse = 1.0 / S;
        gain = v * inverse;
        UNROLL for (int c = 0; c < n; ++c) s.m[c] += M[c] * gain;
        typename Block::Update& kept = s.updates[o.series];
        UNROLL for (int a = 0; a < n; ++a) {
            const Lanes K = M[a] * inverse;
            if (KEEP) kept.K[a] = K;
            UNROLL for (int c = 0; c <= a; ++c) s.P[a * n + c] -= K * M[c];
        }
        if (KEEP) {
            kept.inverse = inverse;
            kept.gain = gain;
        }
    }

    // M = Ph, v - h'm and S + h'Ph for a row of any loadings.
    template <bool KEEP> ALWAYS void gather(Block& s, const Seen& o, Lanes* M, Lanes& v, Lanes& S) const {
        const int n = size();
        UNROLL for (int c = 0; c < n; ++c) M[c] = Lanes{};
        row_of_h(o, [&](int j, int e) __attribute__((always_inline)) {
            const Lanes value = s.in.h[e];
            UNROLL for (int c = 0; c < n; ++c) {
                const Lanes P_c = cell(s.P, j, c);
                M[c] += value * P_c;
                if (KEEP) s.free_cells[e].row[c] = P_c;
            }
            v -= value * s.m[j];
            if (KEEP) s.free_cells[e].mean = s.m[j];
        });
        row_of_h(o, [&](int j, int e) __attribute__((always_inline)) {
            S += s.in.h[e] * M[j];
            if (KEEP) s.free_cells[e].M = M[j];
        });
    }
};

} // namespace ssm
