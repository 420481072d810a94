#include "server/checkpoint.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "base/hash.hpp"

namespace ag::server {
namespace {

/// The running hash after `size` entries; empty for none, or where the store keeps none.
Result<std::string> chain_at(ledger::Store& store, std::int64_t size) {
  std::string chain;
  if (size == 0) return chain;
  const auto last = static_cast<ledger::Position>(size - 1);
  const auto read = store.read_stored(last, [&](const ledger::StoredEntry& entry) {
    if (entry.position == last && entry.chain) chain = to_hex(*entry.chain);
    return false;
  });
  if (!read) return fail(read.error());
  return chain;
}

Error rolled_back(const Checkpoint& checkpoint, std::string_view what) {
  return {"ledger_rolled_back",
          fmt::format("the checkpoint of {} tells of a ledger of {} entries; {}", to_rfc3339(checkpoint.at),
                      checkpoint.size, what),
          "", "",
          "restore the newest copy of the ledger; where it is lost for good, look through `accessguard who` and start "
          "once with --accept-rollback"};
}

Error unreadable(const std::string& path, std::string_view why) {
  return {
      "checkpoint_unreadable", fmt::format("the checkpoint \"{}\" cannot be read: {}", path, why), "", "",
      "restore it from a copy, or remove it if it never was of this ledger; where nothing is missing on the ledger, "
      "start once with --accept-rollback"};
}

}  // namespace

Result<Checkpoint> checkpoint_of(ledger::Store& store, Instant now) {
  const auto head = store.head();
  if (!head) return fail(head.error());
  const auto size = static_cast<std::int64_t>(head->size);
  auto chain = chain_at(store, size);
  if (!chain) return fail(chain.error());
  return Checkpoint{size, to_hex(head->root()), std::move(*chain), now};
}

Result<std::optional<Error>> rollback(ledger::Store& store, const Checkpoint& checkpoint) {
  const auto head = store.head();
  if (!head) return fail(head.error());
  const auto size = static_cast<std::int64_t>(head->size);
  if (size < checkpoint.size) return rolled_back(checkpoint, fmt::format("this one has {}", size));
  const auto chain = chain_at(store, checkpoint.size);
  if (!chain) return fail(chain.error());
  const bool differs = !chain->empty() && !checkpoint.chain.empty() && *chain != checkpoint.chain;
  if (differs || (size == checkpoint.size && to_hex(head->root()) != checkpoint.root))
    return rolled_back(checkpoint, "the entries of this one are others");
  return std::nullopt;
}

Result<std::optional<Checkpoint>> load_checkpoint(const std::string& path) {
  std::error_code ec;
  const auto kind = std::filesystem::status(path, ec).type();
  if (kind == std::filesystem::file_type::not_found) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  // One that is there and may not be opened is not the same as none.
  if (!file) return fail(unreadable(path, ec ? ec.message() : "it cannot be opened"));
  std::ostringstream text;
  text << file.rdbuf();
  const auto value = parse_json(text.str());
  auto checkpoint = value ? from_json<Checkpoint>(*value) : fail(value.error());
  if (!checkpoint) return fail(unreadable(path, checkpoint.error().message));
  return std::move(*checkpoint);
}

Result<void> save_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  const std::string beside = path + ".new";
  std::error_code ec;
  {
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    file << canonical_json(to_json(checkpoint)) << '\n';
    file.flush();
    if (!file) ec = std::make_error_code(std::errc::io_error);
  }
  // A power loss must not leave an empty file where a whole one was.
  if (const int written = ec ? -1 : ::open(beside.c_str(), O_RDONLY | O_CLOEXEC); written >= 0) {
    ::fsync(written);
    ::close(written);
  }
  if (!ec) std::filesystem::rename(beside, path, ec);
  if (ec) {
    return fail("checkpoint_unwritable", fmt::format("the checkpoint \"{}\" cannot be written: {}", path, ec.message()),
                "checkpoint");
  }
  return {};
}

}  // namespace ag::server
