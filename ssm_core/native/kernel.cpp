// Entry points, compiled once for each number of states that is asked for: STATES, or 0 for any number.
#include "density.hpp"
#include "recursion.hpp"

namespace {

using namespace ssm;

constexpr int64_t ALIGNMENT = 64;

} // namespace

extern "C" {

// Doubles that the caller provides as `workspace`.
int64_t ssm_workspace(const Problem* p, int chains) {
    const Traces nothing{};
    Arena with_adjoint{nullptr}, without{nullptr};
    Recursion<STATES>(*p, nothing).place(with_adjoint, chains, true);
    Recursion<STATES>(*p, nothing).place(without, chains, false);
    const int64_t bytes = with_adjoint.used > without.used ? with_adjoint.used : without.used;
    return (bytes + ALIGNMENT) / int64_t(sizeof(double)) + 1;
}

// Log-likelihood of every chain into `value`; adjoints are added to `out` when it is given.
void ssm_run(const Problem* p, const Cells* in, const Cells* out, const Traces* traces, int chains, double* value,
             double* workspace) {
    const int64_t address = reinterpret_cast<int64_t>(workspace);
    Arena arena{reinterpret_cast<char*>((address + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)};
    Recursion<STATES> recursion(*p, *traces);
    recursion.place(arena, chains, out != nullptr);
    recursion.run(*in, out, chains, value);
}

// theta, d theta / dx, log prior and its gradient; a row is one parameter, a column one chain.
void ssm_priors(const Density* density, int chains, const double* x, double* theta, double* slope, double* log_prior,
                double* gradient) {
    density->priors.at(x, chains, theta, slope, log_prior, gradient);
}

// Log-likelihood, log prior and the gradient of their sum; `slope`, `cells` and `adjoint` are room to work in.
void ssm_density(const Problem* p, const Density* density, const Traces* traces, int chains, const double* x,
                 double* theta, double* slope, double* cells, double* adjoint, double* value, double* log_prior,
                 double* gradient, double* workspace) {
    density->priors.at(x, chains, theta, slope, log_prior, gradient);
    density->fill(theta, chains, cells);
    std::memset(adjoint, 0, sizeof(double) * density->cells * chains);
    const Cells in = parts_of(*p, cells, chains), out = parts_of(*p, adjoint, chains);
    ssm_run(p, &in, &out, traces, chains, value, workspace);
    density->collect(theta, slope, adjoint, chains, gradient);
    density->refuse(chains, value, gradient);
}

} // extern "C"
