// The Kalman recursion, one scalar observation at a time, and its adjoint over a few blocks of chains at once.
//
//   s_0 ~ N(m0, P0),  s_t = F_t s_{t-1} + B_t u_t + N(0, Q_t),  y_ti = h_ti's_t + D_i x_t + N(0, R_ti)
//
// Each small step is done for every block before the next: the blocks' chains of dependent operations overlap.
// Filtered moments are not stored but recomputed within each step from the predicted ones, so that the store of a
// year of four states fits the second-level cache.
#pragma once

#include <limits>
#include <unistd.h>

#include "adjoint.hpp"

namespace ssm {

constexpr int TOGETHER = 4;          // blocks at once, at most

// Bytes of stored moments that stay in the second-level cache: half of it, or a modest guess where nobody says.
static inline int64_t near() {
#ifdef _SC_LEVEL2_CACHE_SIZE
    const int64_t half = sysconf(_SC_LEVEL2_CACHE_SIZE) / 2;
    if (half > 0) return half;
#endif
    return 384 * 1024;
}

template <int N> class Recursion {
    typedef ssm::Block<N> Block;
    const Problem& p;
    const Adjoint<N> step;
    const Traces& traces;
    Block* block[TOGETHER];
    int placed = 0, blocks = 0;

    void forward(double* value, bool keep) {
        int64_t counted = 0;
        int multiplied = 0;
        for (int b = 0; b < blocks; ++b) {
            step.start(*block[b], keep);
            block[b]->log_variances.reset();
            block[b]->squares = Lanes{};
        }
        for (int t = 0; t < p.steps; ++t) {
            for (int b = 0; b < blocks; ++b) {
                if (p.data_count) step.load_columns(*block[b], t);
                if (t > 0) step.predict(*block[b], t, keep);
            }
            const bool scored = p.scored[t];
            if (scored) counted += p.seen_start[t + 1] - p.seen_start[t];
            for (int k = p.seen_start[t]; k < p.seen_start[t + 1]; ++k) {
                const Seen seen = step.look(t, p.seen[k]);
                observe(seen, scored);
                if (++multiplied == LogSum::GROUP) {
                    multiplied = 0;
                    for (int b = 0; b < blocks; ++b) block[b]->log_variances.normalise();
                }
            }
        }
        for (int b = 0; b < blocks; ++b) {
            block[b]->log_variances.normalise();
            for (int lane = 0; lane < block[b]->columns.count; ++lane)
                value[block[b]->columns.first + lane] = total(*block[b], lane, counted);
        }
    }

    ALWAYS void observe(const Seen& seen, bool scored) {
        step.with_state(seen, [&](auto state) __attribute__((always_inline)) {
            for (int b = 0; b < blocks; ++b) {
                Block& s = *block[b];
                Lanes v, S, gain;
                step.template update<false, state>(s, seen, v, S, gain);
                if (__builtin_expect(seen.special, 0)) record(s, seen.t, seen.series, v, S);
                if (!scored) continue;
                s.log_variances.add(S);
                s.squares += v * gain;
            }
        });
    }

    __attribute__((noinline)) void record(const Block& s, int t, int i, Lanes v, Lanes S) const {
        const int64_t cell = int64_t(t) * p.series + i;
        if (traces.innovation) s.columns.store(traces.innovation, cell, v);
        if (traces.variance) s.columns.store(traces.variance, cell, S);
    }

    // A predictive variance that is not positive, or overflow, rules the point out.
    static double total(const Block& s, int lane, int64_t counted) {
        const double log_2pi = 1.8378770664093453;
        const double value = -0.5 * (log_2pi * double(counted) + s.log_variances.total(lane) + s.squares[lane]);
        const bool possible = s.log_variances.possible[lane] && !std::isnan(value);
        return possible ? value : -std::numeric_limits<double>::infinity();
    }

    void backward() {
        for (int b = 0; b < blocks; ++b) {
            step.finish(*block[b]);
            block[b]->clear_adjoint(step.pattern);
        }
        for (int t = p.steps - 1; t >= 0; --t) {
            const int first = p.seen_start[t], last = p.seen_start[t + 1];
            const double weight = p.scored[t] ? 1.0 : 0.0;
            for (int b = 0; b < blocks; ++b) {
                if (p.data_count) step.load_columns(*block[b], t);
                step.recall(*block[b], t);
            }
            for (int k = first; k < last; ++k) {
                const Seen seen = step.look(t, p.seen[k]);
                step.with_state(seen, [&](auto state) __attribute__((always_inline)) {
                    Lanes v, S, gain;
                    for (int b = 0; b < blocks; ++b) step.template update<true, state>(*block[b], seen, v, S, gain);
                });
            }
            if (t + 1 < p.steps)
                for (int b = 0; b < blocks; ++b) step.predict_adjoint(*block[b], t + 1);
            for (int k = last - 1; k >= first; --k) {
                const Seen seen = step.look(t, p.seen[k]);
                step.with_state(seen, [&](auto state) __attribute__((always_inline)) {
                    for (int b = 0; b < blocks; ++b) step.template update_adjoint<state>(*block[b], seen, weight);
                });
            }
            if (traces.state)
                for (int b = 0; b < blocks; ++b) step.smoothed(*block[b], t);
        }
    }

  public:
    Recursion(const Problem& problem, const Traces& traces_) : p(problem), step(problem, traces_), traces(traces_) {}

    // Lays the blocks out in `arena`: as many as `chains` need, and for adjoints no more than the cache holds.
    void place(Arena& arena, int chains, bool with_adjoint) {
        const int64_t stored = p.steps * (step.size() + step.packed()) * int64_t(sizeof(Lanes));
        static const int64_t limit = near();
        for (placed = 0; placed < TOGETHER && placed * WIDTH < chains; ++placed) {
            if (with_adjoint && placed > 0 && (placed + 1) * stored > limit) break;
            block[placed] = Block::place(step.pattern, arena, with_adjoint);
        }
    }

    void run(const Cells& in, const Cells* out, int chains, double* value) {
        for (int first = 0; first < chains;) {
            for (blocks = 0; blocks < placed && first < chains; ++blocks, first += WIDTH) {
                const int count = chains - first < WIDTH ? chains - first : WIDTH;
                block[blocks]->columns = {first, count, chains};
                block[blocks]->load(step.pattern, in);
            }
            forward(value, out != nullptr);
            if (!out) continue;
            backward();
            for (int b = 0; b < blocks; ++b) block[b]->add_adjoint(step.pattern, *out);
        }
    }
};

} // namespace ssm
