#pragma once
#include "access/event.hpp"
#include "base/json.hpp"

namespace ag::server {

/// One line of a request's story, in plain words. What a person wrote is in `said` alone, so that it cannot pass for
/// anything that AccessGuard says.
/// What happened to one request, entry by entry, in words.
class Timeline {
 public:
  void add(const access::Entry& entry);
  [[nodiscard]] json::array take() { return std::move(items_); }

 private:
  json::array items_;
  bool made_ = false;  ///< whether anything was to be made in AWS: only then can it be gone
};

}  // namespace ag::server
