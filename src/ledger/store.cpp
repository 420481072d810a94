#include "ledger/store.hpp"

#include <fmt/format.h>

#include <limits>

namespace ag::ledger {
namespace {

using namespace std::string_view_literals;

std::string_view as_text(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

}  // namespace

Digest chain_hash(const Digest& before, const Digest& leaf) {
  return sha256_of_parts({"\x02"sv, as_text(before), as_text(leaf)});
}

Result<void> Store::read_stored(Position from, const std::function<bool(const StoredEntry&)>& visit) {
  return read(from, std::numeric_limits<std::uint64_t>::max(), [&visit](Position position, std::string_view bytes) {
    return visit(StoredEntry{position, bytes, std::nullopt, std::nullopt});
  });
}

Result<void> check_limits(std::span<const std::string> entries) {
  if (entries.size() > kMaxEntriesPerAppend) {
    return fail("append_too_large",
                fmt::format("{} entries at once are too many; {} are allowed", entries.size(), kMaxEntriesPerAppend));
  }
  for (const std::string& entry : entries) {
    if (entry.size() > kMaxEntryBytes) {
      return fail("entry_too_large",
                  fmt::format("an entry of {} bytes is too large; {} are allowed", entry.size(), kMaxEntryBytes));
    }
  }
  return {};
}

Result<void> check_position(Position expected, Position end) {
  if (end > expected) {
    return fail("position_conflict",
                fmt::format("the ledger ends at position {}, not at {}: another writer was first", end, expected));
  }
  if (end < expected) {
    return fail("ledger_damaged", fmt::format("the ledger ends at position {}, before {}: entries that were there are "
                                              "gone; was an older copy put in its place?",
                                              end, expected));
  }
  return {};
}

}  // namespace ag::ledger
