// Entry point: choose the recursion for the number of states.
#include "recursion.hpp"

namespace {

using namespace ssm;

constexpr int64_t ALIGNMENT = 64;

template <int N> int64_t bytes(const Problem& p, int chains) {
    Arena arena{nullptr};
    Recursion<N>(p, Traces{}).place(arena, chains, true);
    return arena.used + ALIGNMENT;
}

template <int N>
void run(const Problem& p, const Cells& in, const Cells* out, const Traces& traces, int chains, double* value,
         double* workspace) {
    const int64_t address = reinterpret_cast<int64_t>(workspace);
    Arena arena{reinterpret_cast<char*>((address + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)};
    Recursion<N> recursion(p, traces);
    recursion.place(arena, chains, out != nullptr);
    recursion.run(in, out, chains, value);
}

#define FOR_SIZE(states, call)                                                                                         \
    switch (states) {                                                                                                  \
        case 1: return call(1);                                                                                        \
        case 2: return call(2);                                                                                        \
        case 3: return call(3);                                                                                        \
        case 4: return call(4);                                                                                        \
        case 5: return call(5);                                                                                        \
        case 6: return call(6);                                                                                        \
        case 8: return call(8);                                                                                        \
        default: return call(0);                                                                                       \
    }

} // namespace

extern "C" {

// Doubles that the caller provides as `workspace`.
int64_t ssm_workspace(const Problem* p, int chains) {
#define BYTES(N) (bytes<N>(*p, chains) + 7) / 8
    FOR_SIZE(p->states, BYTES)
}

// Log-likelihood of every chain into `value`; adjoints are added to `out` when it is given.
void ssm_run(const Problem* p, const Cells* in, const Cells* out, const Traces* traces, int chains, double* value,
             double* workspace) {
#define RUN(N) run<N>(*p, *in, out, *traces, chains, value, workspace)
    FOR_SIZE(p->states, RUN)
}

} // extern "C"
