#pragma once
#include "access/event.hpp"
#include "base/json.hpp"

namespace ag::server {

/// A request's story, entry by entry, in plain words. What a person wrote is in `said` alone, so that it cannot pass
/// for anything that AccessGuard says.
class Timeline {
 public:
  void add(const access::Entry& entry);
  [[nodiscard]] json::array take() { return std::move(items_); }

 private:
  json::array items_;
  bool made_ = false;  ///< whether anything was to be made in AWS: only then can it be gone
};

}  // namespace ag::server
