#include "iam/context.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace ag::iam {

ContextKey::ContextKey(std::string_view name) : name_(name), lower_(to_lower(name)), hash_(hash_of(lower_)) {}

void Context::put(std::string_view key, State state, std::vector<std::string> values) {
  std::string lower = to_lower(key);
  const std::uint64_t hash = hash_of(lower);
  auto at = std::ranges::lower_bound(entries_, hash, {}, &Entry::hash);
  while (at != entries_.end() && at->hash == hash && at->lower != lower) ++at;
  if (at != entries_.end() && at->hash == hash) *at = {hash, std::move(lower), state, std::move(values)};
  else entries_.insert(at, {hash, std::move(lower), state, std::move(values)});
}

void Context::set(std::string_view key, std::vector<std::string> values) {
  put(key, State::kPresent, std::move(values));
}
void Context::set_unknown(std::string_view key) { put(key, State::kUnknown, {}); }
void Context::set_absent(std::string_view key) { put(key, State::kAbsent, {}); }

Context::Found Context::find(const ContextKey& key) const {
  for (auto at = std::ranges::lower_bound(entries_, key.hash(), {}, &Entry::hash);
       at != entries_.end() && at->hash == key.hash(); ++at) {
    if (at->lower == key.lower()) return {at->state, &at->values};
  }
  return {rest_ == Rest::kAbsent ? State::kAbsent : State::kUnknown, nullptr};
}

}  // namespace ag::iam
