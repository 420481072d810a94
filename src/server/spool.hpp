#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"

/// Entries that the ledger could not take, on disk until it can: what was taken away while it was out of order.
///
/// The file's room is taken when it is made, so that a disk that is full later still takes it. DISK FORMAT, little
/// endian: a head of "AGSPOOL1" and the generation (8 bytes), then records of the generation (8), the length (4), the
/// first 8 bytes of the SHA-256 of generation, length and entry, and the entry's bytes. Reading ends at the first
/// record that is not whole or of another generation; to empty the spool, the generation is raised.
namespace ag::server {

class Spool {
 public:
  /// Error code `spool_unusable`.
  [[nodiscard]] static Result<Spool> open(const std::string& path);
  Spool(Spool&& other) noexcept;
  Spool& operator=(Spool&&) = delete;
  ~Spool();

  /// What is in it, oldest first.
  [[nodiscard]] Result<std::vector<std::string>> read() const;
  /// Durable when it returns. Error code `spool_unusable`; then nothing was added.
  [[nodiscard]] Result<void> append(std::span<const std::string> entries);
  /// Durable when it returns.
  [[nodiscard]] Result<void> clear();
  /// Holds these and nothing else: after an append failed, of which half may be there.
  [[nodiscard]] Result<void> replace(std::span<const std::string> entries);
  /// Of the entries in it, with their frames.
  [[nodiscard]] std::uint64_t size() const { return end_ - kHead; }

  /// Taken from the disk beforehand: the revokes of some two thousand grants. It grows beyond when the disk lets it.
  static constexpr std::uint64_t kReserved = std::uint64_t{4} << 20;

 private:
  static constexpr std::uint64_t kHead = 16;
  Spool(int file, std::uint64_t generation) : file_(file), generation_(generation) {}
  [[nodiscard]] Result<void> write_head(std::uint64_t generation);

  int file_ = -1;
  std::uint64_t generation_ = 1;
  std::uint64_t end_ = kHead;
};

}  // namespace ag::server
