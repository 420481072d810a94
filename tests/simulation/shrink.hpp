#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ag::simulation {

/// Of a life that fails: the acts without any of which it would not, as far as trying one after the other shows.
/// Lives are tried in `jobs` processes.
[[nodiscard]] std::vector<std::size_t> shrink(std::uint64_t seed, int replicas, int jobs);

}  // namespace ag::simulation
