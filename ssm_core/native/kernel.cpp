// Entry point: choose the recursion for the number of states and run it over blocks of chains.
#include "recursion.hpp"

#include <new>

namespace {

using namespace ssm;

template <int N, class V>
void block(const Problem& p, const Cells& in, const Cells* out, const Traces& traces, int first, int lanes,
           double* value, double* store) {
    Recursion<N, V>(p, in, out, traces, first, lanes).run(value, store);
}

template <int N>
void blocks(const Problem& p, const Cells& in, const Cells* out, const Traces& traces, int lanes, double* value,
            double* store) {
    int first = 0;
    for (; first + WIDTH <= lanes; first += WIDTH)
        block<N, Lanes>(p, in, out, traces, first, lanes, value, store);
    for (; first < lanes; ++first) block<N, double>(p, in, out, traces, first, lanes, value, store);
}

} // namespace

extern "C" {

// Doubles that the caller provides as `store` when adjoints are asked for.
int64_t ssm_store(const Problem* p, int lanes) {
    const int64_t n = p->states <= 4 ? p->states : p->states <= 6 ? 6 : p->states <= 8 ? 8 : p->states;
    return int64_t(p->steps) * (n + n * (n + 1) / 2) * (lanes >= WIDTH ? WIDTH : 1);
}

// Log-likelihood of every chain into `value`; adjoints are added to `out` when it is given. 0, or 1: too large.
int ssm_run(const Problem* p, const Cells* in, const Cells* out, const Traces* traces, int lanes, double* value,
            double* store) {
    if (p->states > MAX_STATES) return 1;
    switch (p->states) {
        case 1: blocks<1>(*p, *in, out, *traces, lanes, value, store); break;
        case 2: blocks<2>(*p, *in, out, *traces, lanes, value, store); break;
        case 3: blocks<3>(*p, *in, out, *traces, lanes, value, store); break;
        case 4: blocks<4>(*p, *in, out, *traces, lanes, value, store); break;
        case 5:
        case 6: blocks<6>(*p, *in, out, *traces, lanes, value, store); break;
        case 7:
        case 8: blocks<8>(*p, *in, out, *traces, lanes, value, store); break;
        default: blocks<0>(*p, *in, out, *traces, lanes, value, store);
    }
    return 0;
}

} // extern "C"
